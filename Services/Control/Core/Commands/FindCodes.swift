/// `code`
package struct FindCodes: CommandArguments, Equatable {
    package var isVoice = false
    package var texts: [String] = []

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.flag("voice", &isVoice, "The texts are transcripts of calls.")
        arguments.operands("text", &texts, "A text to look in; without any, they are read from standard input.")
    }
}
