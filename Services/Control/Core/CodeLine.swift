import Codes

/// One line of the input of `namaskahctl code`, and what is printed for it.
package enum CodeLine {
    /// The code in the text that a line stands for, or nil.
    package static func code(in line: some StringProtocol, isVoice: Bool) -> String? {
        CodeExtractor.code(in: text(of: line), voice: isVoice ? true : nil)
    }

    /// The text that a line stands for: `\n` is a line break, every other backslash is itself.
    package static func text(of line: some StringProtocol) -> String {
        var result = ""
        var isEscaped = false
        for character in line {
            if isEscaped {
                result += character == "n" ? "\n" : "\\\(character)"
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return isEscaped ? result + "\\" : result
    }
}
