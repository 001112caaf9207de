import Contracts
import ControlCore
import Database
import Glibc
import JSON
import Kit

/// The whole of `namaskahctl`: reads the command line, runs the command, says how it went.
package enum ControlProgram {
    /// Exit codes: done; could not be done, or what was looked at is not well; command line or settings wrong.
    private enum Exit {
        static let done: Int32 = 0
        static let failed: Int32 = 1
        static let usage: Int32 = 2
    }

    /// Gives the exit code. `words` without the program's own name.
    package static func run(_ words: [String]) async -> Int32 {
        // A peer or a reader that goes away is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let terminal: Terminal
        let command: Command
        do {
            switch try CommandParser(CommandTree.root).parse(words) {
            case .help(let text):
                Terminal(isJSON: false).text(text)
                return Exit.done
            case .version:
                Terminal(isJSON: false).text("namaskahctl \(Version.text)\n")
                return Exit.done
            case .run(let found, let isJSON):
                command = found
                terminal = Terminal(isJSON: isJSON)
            }
        } catch {
            Terminal(isJSON: false).note(error.text)
            return Exit.usage
        }
        do {
            return try await run(command, terminal) ? Exit.done : Exit.failed
        } catch let failure as CommandFailure {
            terminal.error(failure.lines)
            return failure.exitCode
        } catch let error as DatabaseError {
            terminal.error(AdminDatabase.failure(error).lines)
            return Exit.failed
        } catch {
            terminal.error(["\(error)"])
            return Exit.failed
        }
    }

    /// Gives whether all is well.
    private static func run(_ command: Command, _ terminal: Terminal) async throws -> Bool {
        switch command {
        case .findCodes(let arguments):
            CodeCommands(terminal).find(arguments)
            return true
        case .showOpenAPI:
            terminal.text(APIDocument.json.text + "\n")
            return true
        case .showAsyncAPI:
            terminal.text(AsyncAPIDocument.json.text + "\n")
            return true
        default: break
        }
        let settings = Settings.ofProcess()
        switch command {
        case .addUser(let arguments): try await AccountCommands(settings, terminal).add(arguments)
        case .topUp(let arguments): try await AccountCommands(settings, terminal).topUp(arguments)
        case .addPublisher(let arguments): try await PublisherCommands(settings, terminal).add(arguments)
        case .removePublisher(let arguments): try await PublisherCommands(settings, terminal).remove(arguments)
        case .verify(let arguments): return try await VerifyCommand(settings, terminal).run(arguments)
        case .showPrices(let arguments): try await PriceCommands(settings, terminal).show(arguments)
        case .syncPrices(let arguments): try await PriceCommands(settings, terminal).sync(arguments)
        case .setPrice(let arguments): try await PriceCommands(settings, terminal).set(arguments)
        case .replayRouting(let arguments):
            try await RoutingCommands(settings: settings, terminal: terminal).whatIf(arguments)
        case .forecastDemand(let arguments):
            try await DemandCommands(settings: settings, terminal: terminal).forecast(arguments)
        case .proveLedger: return try await LedgerCommands(settings: settings, terminal: terminal).prove()
        case .exportLedger(let arguments):
            try await LedgerCommands(settings: settings, terminal: terminal).export(arguments)
        case .listParked(let arguments):
            try await ParkedCommands(settings: settings, terminal: terminal).list(arguments)
        case .showParked(let arguments):
            try await ParkedCommands(settings: settings, terminal: terminal).show(arguments)
        case .replayParked(let arguments):
            return try await ParkedCommands(settings: settings, terminal: terminal).replay(arguments)
        case .discardParked(let arguments):
            try await ParkedCommands(settings: settings, terminal: terminal).discard(arguments)
        case .listQueues: try await QueueCommands(settings, terminal).list()
        case .findCodes, .showOpenAPI, .showAsyncAPI:
            preconditionFailure("needs no settings, and was run before they were read")
        }
        return true
    }
}
