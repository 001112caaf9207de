import Choosing
import HTTPClient
import JSON
import Kit
import Runtime
import Security

/// Writes down what is said in a recording, by asking a service of our own that speaks the interface of OpenAI's
/// transcriptions (`POST /v1/audio/transcriptions`, multipart), as whisper.cpp, faster-whisper and vLLM do.
///
/// Life: made once, shared; one request each time it is asked, on a connection of its own, never repeated here. Does not
/// promise to be right. Neither the recording nor the text is logged.
package struct Transcriber: Sendable {
    /// Where the service is, and how it is asked.
    package struct Settings: Sendable {
        /// Where the service is: an address that `/v1/audio/transcriptions` is put behind, or all of it.
        var url: String
        var model: String
        var key: String?
        var deadline: Duration

        package init(url: String, model: String = "whisper-1", key: String? = nil, deadline: Duration = .seconds(60)) {
            self.url = url
            self.model = model
            self.key = key
            self.deadline = deadline
        }

        var address: String {
            let path = "/v1/audio/transcriptions"
            if url.hasSuffix("/audio/transcriptions") { return url }
            let base = url.hasSuffix("/") ? String(url.dropLast()) : url
            return base.hasSuffix("/v1") ? base + String(path.dropFirst(3)) : base + path
        }
    }

    /// Why there is no text.
    struct Refusal: Error, Hashable {
        /// A word for metrics and the log.
        let word: String
        /// Whether the same recording may be understood later.
        let isPassing: Bool
    }

    let settings: Settings
    let client: HTTPClient

    /// What was said; empty when nothing was.
    func text(of recording: [UInt8], type: String) async throws(Refusal) -> String {
        let boundary = "namaskah-" + Base64.urlText(randomBytes(18))
        var headers = [
            (name: "Content-Type", value: "multipart/form-data; boundary=\(boundary)"),
            (name: "Accept", value: "application/json"),
        ]
        if let key = settings.key { headers.append(("Authorization", "Bearer \(key)")) }
        let request = ClientRequest(
            .post, settings.address, headers: headers, body: body(recording, type, boundary),
            deadline: settings.deadline, connectDeadline: min(settings.deadline, .seconds(5)), maximumBody: 256 * 1024)
        let response: ClientResponse
        do throws(HTTPClientError) { response = try await client.send(request) } catch {
            throw Refusal(word: "away", isPassing: true)
        }
        return try Self.read(response)
    }

    private static func read(_ response: ClientResponse) throws(Refusal) -> String {
        switch response.status {
        case 200..<300: break
        case 408, 425, 429, 500...: throw Refusal(word: "busy", isPassing: true)
        default: throw Refusal(word: "refused", isPassing: false)
        }
        // What is not JSON has no text.
        guard let json = try? JSON(parsing: response.body), let text = json["text"]?.stringValue else {
            throw Refusal(word: "garbage", isPassing: true)
        }
        let scalars = text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }.prefix(4_096)
        var trimmed = Substring(String(String.UnicodeScalarView(scalars)))
        while let first = trimmed.first, first == " " { trimmed.removeFirst() }
        while let last = trimmed.last, last == " " { trimmed.removeLast() }
        return String(trimmed)
    }

    private func body(_ recording: [UInt8], _ type: String, _ boundary: String) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(recording.count + 1024)
        for (name, value) in [("model", settings.model), ("response_format", "json"), ("temperature", "0")] {
            body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
        }
        body +=
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"call.\(Self.ending(of: type))\"\r\n"
            .utf8
        body += "Content-Type: \(type)\r\n\r\n".utf8
        body += recording
        body += "\r\n--\(boundary)--\r\n".utf8
        return body
    }

    /// Services tell formats apart by the name of the file.
    private static func ending(of type: String) -> String {
        switch type {
        case "audio/mpeg", "audio/mp3": "mp3"
        case "audio/mp4", "audio/m4a", "audio/x-m4a", "video/mp4": "m4a"
        case "audio/ogg", "audio/opus", "application/ogg": "ogg"
        case "audio/webm", "video/webm": "webm"
        case "audio/flac", "audio/x-flac": "flac"
        default: "wav"
        }
    }
}
