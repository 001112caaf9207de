import CLinux
import CCurl
import Kit

/// One request under way. Lives on the loop's thread alone; libcurl's callbacks borrow it, and `detach` ends the loan.
final class Transfer {
    let ticket: UInt64
    let continuation: CheckedContinuation<TransferLoop.Answer, Never>
    let handle: UnsafeMutableRawPointer

    private let request: ClientRequest
    private let configuration: HTTPClient.Configuration
    private let share: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var loan: Unmanaged<Transfer>?

    private var headers: [(name: String, value: String)] = []
    private var headSize = 0
    private var isHeadWhole = false
    private var body: [UInt8] = []
    private var isTooLarge = false
    /// Set by libcurl when there is a connection and the request is about to be written to it.
    private var mayHaveBeenSent = false

    init(
        _ order: TransferLoop.Order, _ handle: UnsafeMutableRawPointer, _ configuration: HTTPClient.Configuration,
        share: UnsafeMutableRawPointer?
    ) {
        ticket = order.ticket
        continuation = order.continuation
        request = order.request
        self.handle = handle
        self.configuration = configuration
        self.share = share
        reason.pointee = 0
    }

    deinit { reason.deallocate() }

    /// The transfer that an easy handle works for.
    static func owner(of handle: UnsafeMutableRawPointer) -> Transfer? {
        namaskah_curl_get_owner(handle).map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Takes everything of this transfer off the handle, which may then serve another.
    func detach() -> UnsafeMutableRawPointer {
        namaskah_curl_set_list(handle, CURLOPT_HTTPHEADER, nil)
        curl_slist_free_all(headerList)
        headerList = nil
        loan?.release()
        loan = nil
        return handle
    }

    /// Tells libcurl what to do. Returns what is wrong with the request, if anything.
    func prepare() -> HTTPClientError? {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://"),
            request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return refusal("The URL must begin with http:// or https:// and hold no space or control character.") }
        for header in request.headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(Self.isToken),
                header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { return refusal("A header name or value holds a character that it must not.") }
        }
        guard request.deadline > .zero else {
            return HTTPClientError(.timeoutBeforeSending, "The deadline had passed.", wasCertainlyNotSent: true)
        }
        let loan = Unmanaged.passRetained(self)
        self.loan = loan
        namaskah_curl_set_callbacks(
            handle, loan.toOpaque(),
            { start, _, count, owner in
                Transfer.borrow(owner).takeHeader(UnsafeRawBufferPointer(start: start, count: count))
            },
            { start, _, count, owner in
                Transfer.borrow(owner).takeBody(UnsafeRawBufferPointer(start: start, count: count))
            },
            { owner, _, _, _, _ in
                Transfer.borrow(owner).mayHaveBeenSent = true
                return CURL_PREREQFUNC_OK
            })
        setConnection()
        setMessage()
        return nil
    }

    private func setConnection() {
        text(CURLOPT_URL, request.url)
        text(CURLOPT_PROTOCOLS_STR, "http,https")
        // The empty string switches proxies off, those that the environment names included.
        text(CURLOPT_PROXY, "")
        long(CURLOPT_NOSIGNAL, 1)
        long(CURLOPT_FOLLOWLOCATION, 0)
        long(CURLOPT_SSL_VERIFYPEER, 1)
        long(CURLOPT_SSL_VERIFYHOST, 2)
        long(CURLOPT_TCP_KEEPALIVE, 1)
        long(CURLOPT_TIMEOUT_MS, max(1, Int(request.deadline.milliseconds)))
        long(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(min(request.connectDeadline, request.deadline).milliseconds)))
        long(CURLOPT_MAXAGE_CONN, max(1, Int(configuration.idleLifetime.components.seconds)))
        // Without it, giving up on a slow name look-up waits for the resolver's thread, and all other transfers do.
        // The manual speaks of a short-lived leak: that thread frees what it holds when it returns.
        long(CURLOPT_QUICK_EXIT, 1)
        if let share { namaskah_curl_set_share(handle, share) }
        namaskah_curl_set_bytes(handle, CURLOPT_ERRORBUFFER, reason)
        if request.freshConnection {
            long(CURLOPT_FRESH_CONNECT, 1)
            long(CURLOPT_FORBID_REUSE, 1)
            // HTTP/2 has two further silent repeats: a refused stream, and a peer that asks for HTTP/1.1.
            long(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        } else {
            long(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            long(CURLOPT_PIPEWAIT, 1)
            // Every encoding that this libcurl knows.
            text(CURLOPT_ACCEPT_ENCODING, "")
        }
    }

    private func setMessage() {
        switch (request.method, request.body) {
        case (.get, nil): long(CURLOPT_HTTPGET, 1)
        case (.head, nil): long(CURLOPT_NOBODY, 1)
        case (.delete, nil): text(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case (_, let body):
            let bytes = body ?? []
            namaskah_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            bytes.withUnsafeBytes { buffer in
                _ = namaskah_curl_set_bytes(
                    handle, CURLOPT_COPYPOSTFIELDS, buffer.baseAddress ?? UnsafeRawPointer(reason))
            }
            text(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        // A large body makes libcurl ask first, and repeat the request when the peer refuses the question.
        append("Expect:")
        var hasType = false
        var hasAgent = false
        for header in request.headers {
            append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
            let name = header.name.lowercased()
            hasType = hasType || name == "content-type"
            hasAgent = hasAgent || name == "user-agent"
        }
        if !hasType { append("Content-Type:") }
        if !hasAgent && !configuration.userAgent.isEmpty { text(CURLOPT_USERAGENT, configuration.userAgent) }
        namaskah_curl_set_list(handle, CURLOPT_HTTPHEADER, headerList)
    }

    // MARK: what libcurl calls

    private static func borrow(_ owner: UnsafeMutableRawPointer?) -> Transfer {
        guard let owner else { preconditionFailure("libcurl called back without its owner") }
        return Unmanaged<Transfer>.fromOpaque(owner).takeUnretainedValue()
    }

    private func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
        headSize += line.count
        guard headSize <= configuration.maximumHead else {
            isTooLarge = true
            return 0
        }
        // A status line begins a new head: what came before was an interim answer such as 100.
        if line.starts(with: "HTTP/".utf8) {
            headers.removeAll(keepingCapacity: true)
            isHeadWhole = false
            return line.count
        }
        if line.allSatisfy(Self.isBlank) { isHeadWhole = true }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return line.count }
        let value = line[(colon + 1)...].drop(while: Self.isBlank).reversed().drop(while: Self.isBlank).reversed()
        headers.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: Array(value), as: UTF8.self)))
        return line.count
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= request.maximumBody else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    // MARK: the end

    /// What came of it.
    func answer(_ code: CURLcode) -> TransferLoop.Answer {
        guard code == CURLE_OK else { return .failure(failure(code)) }
        // libcurl calls a connection that ends within the head a success.
        guard isHeadWhole else {
            return .failure(failure(.connectionLost, "The connection ended within the head of the answer."))
        }
        func duration(_ info: CURLINFO) -> Duration { .microseconds(Int64(namaskah_curl_get_size(handle, info))) }
        return .success(
            ClientResponse(
                status: namaskah_curl_get_long(handle, CURLINFO_RESPONSE_CODE), headers: headers, body: body,
                timing: .init(
                    ready: duration(CURLINFO_PRETRANSFER_TIME_T), firstByte: duration(CURLINFO_STARTTRANSFER_TIME_T),
                    total: duration(CURLINFO_TOTAL_TIME_T))))
    }

    /// An error of this transfer, which knows whether the request may have left.
    func failure(_ code: HTTPClientError.Code, _ message: String) -> HTTPClientError {
        HTTPClientError(code, message, wasCertainlyNotSent: !mayHaveBeenSent)
    }

    /// The deadline has passed.
    func timeout(_ message: String) -> HTTPClientError {
        failure(mayHaveBeenSent ? .timeoutAfterSending : .timeoutBeforeSending, message)
    }

    private func failure(_ code: CURLcode) -> HTTPClientError {
        let own = String(cString: reason)
        let message = own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
        if isTooLarge { return failure(.tooLarge, "The answer is larger than was allowed.") }
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return timeout(message)
        case CURLE_URL_MALFORMAT:
            return failure(.invalidRequest, message)
        case CURLE_UNSUPPORTED_PROTOCOL:
            // Also libcurl's word for an answer without a status line.
            return failure(mayHaveBeenSent ? .malformedAnswer : .invalidRequest, message)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED:
            return failure(.tls, message)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            return failure(.malformedAnswer, message)
        default:
            return failure(mayHaveBeenSent ? .connectionLost : .couldNotConnect, message)
        }
    }

    // MARK: small words

    private func refusal(_ message: String) -> HTTPClientError {
        HTTPClientError(.invalidRequest, message, wasCertainlyNotSent: true)
    }

    private func long(_ option: CURLoption, _ value: Int) { namaskah_curl_set_long(handle, option, value) }
    private func text(_ option: CURLoption, _ value: String) { namaskah_curl_set_text(handle, option, value) }
    private func append(_ line: String) { headerList = curl_slist_append(headerList, line) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

    /// RFC 9110 § 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
