import Contracts
import Kit
import Testing

@testable import ControlCore

@Suite("The command line")
struct CommandLineTests {
    private let id = "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21"

    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    private func parse(_ line: String) throws(UsageError) -> Invocation {
        try CommandParser(CommandTree.root).parse(words(line))
    }

    private func command(_ line: String) throws -> Command? {
        if case .run(let command, _) = try parse(line) { command } else { nil }
    }

    private func problems(_ line: String) -> [String] {
        do {
            _ = try parse(line)
            return []
        } catch { return error.problems }
    }

    private func help(_ line: String) throws -> String? {
        if case .help(let text) = try parse(line) { text } else { nil }
    }

    @Test("every command is read with everything that it takes")
    func commands() throws {
        let account = try #require(ID(id))
        var user = AddUser()
        user.name = "Demo"
        user.email = "demo@example.test"
        user.role = .support
        user.password = "seven green bottles"
        user.rateLimit = 60
        user.wantsAPIKey = true
        let line = "user add --name Demo --email=demo@example.test --role support --rate-limit 60 --api-key --password"
        let parsed = try CommandParser(CommandTree.root).parse(words(line) + ["seven green bottles"])
        guard case .run(let made, let isJSON) = parsed else {
            Issue.record("not a command")
            return
        }
        #expect(made == .addUser(user) && !isJSON)
        #expect(user.rateLimitPerMinute == 60)

        var credit = AddCredit()
        credit.user = account
        credit.amount = Money(micro: 750_000)
        credit.reference = "invoice/7"
        #expect(try command("top-up --amount 0.75 --user \(id) --reference invoice/7") == .topUp(credit))
        #expect(credit.idempotencyKey == "top-up:\(id):invoice%2F7")

        var shown = ShowPrices()
        shown.country = "GB"
        shown.service = "telegram"
        #expect(try command("prices show --country GB --service telegram") == .showPrices(shown))
        var synced = SyncPrices()
        synced.provider = "5sim"
        #expect(try command("prices sync --provider 5sim") == .syncPrices(synced))
        var price = SetPrice()
        price.service = "telegram"
        price.price = Money(micro: 990_000)
        #expect(try command("prices set --service telegram --price 0.99") == .setPrice(price))
        price.price = nil
        price.clears = true
        #expect(try command("prices set --service telegram --clear") == .setPrice(price))
        #expect(problems("prices set --service telegram") == ["give either --price or --clear"])
        #expect(problems("prices set --service telegram --clear --price 1") == ["give either --price or --clear"])

        var publisher = AddPublisher()
        publisher.account = account
        publisher.connections = 2
        publisher.channels = 3
        #expect(
            try command("publisher add --account \(id) --max-connections 2 --max-channels 3")
                == .addPublisher(publisher))
        var removal = RemovePublisher()
        removal.account = account
        removal.keepsQueue = true
        #expect(try command("publisher remove --keep-queue --account \(id)") == .removePublisher(removal))

        var order = Verify()
        order.service = "telegram"
        order.country = "GB"
        order.capability = .smsAndVoice
        order.operator = "vodafone"
        order.maxPrice = Money(micro: 2_000_000)
        order.cancelAfter = 120
        #expect(
            try command(
                "verify --service telegram --country GB --capability sms_and_voice --operator vodafone --max-price 2 --cancel-after 120"
            ) == .verify(order))

        #expect(try command("ledger prove") == .proveLedger)
        var export = ExportLedger()
        export.from = Timestamp("2026-02-03T00:00:00Z")
        export.to = Timestamp("2026-02-03T10:35:11Z")
        #expect(try command("ledger export --from 2026-02-03 --to 2026-02-03T10:35:11Z") == .exportLedger(export))

        var list = ListParked()
        list.service = .billing
        list.limit = 5
        #expect(try command("parked list --service billing --limit 5") == .listParked(list))
        var one = ParkedMessageArguments()
        one.id = account
        #expect(try command("parked show \(id)") == .showParked(one))
        #expect(try command("parked discard \(id)") == .discardParked(one))
        var replay = ReplayParked()
        replay.ids = [account, account]
        replay.isDryRun = true
        replay.rate = 9
        #expect(try command("parked replay \(id) --dry-run \(id) --rate 9") == .replayParked(replay))

        #expect(try command("queues") == .listQueues)
        var codes = FindCodes()
        codes.isVoice = true
        codes.texts = ["--json", "481 520"]
        let texts = try CommandParser(CommandTree.root).parse(["code", "--voice", "--", "--json", "481 520"])
        guard case .run(let found, let wantsJSON) = texts else {
            Issue.record("not a command")
            return
        }
        #expect(found == .findCodes(codes) && !wantsJSON)
    }

    @Test("--json may stand anywhere, --version too")
    func everywhere() throws {
        for line in ["--json queues", "queues --json"] {
            guard case .run(.listQueues, json: true) = try parse(line) else {
                Issue.record("\(line)")
                continue
            }
        }
        for line in ["--version", "queues --version"] {
            guard case .version = try parse(line) else {
                Issue.record("\(line)")
                continue
            }
        }
    }

    @Test(
        "what is wrong is said, all of it at once, with what was meant",
        arguments: [
            (
                "",
                [
                    """
                    which command? There are user, top-up, publisher, verify, prices, routing, ledger, parked, queues, code, \
                    document
                    """
                ]
            ),
            ("queue", ["there is no command 'queue'; did you mean 'queues'?"]),
            ("ledgr prove", ["there is no command 'ledgr'; did you mean 'ledger'?"]),
            ("export", ["there is no command 'export'; did you mean 'ledger export'?"]),
            ("parked shwo", ["there is no command 'parked shwo'; did you mean 'parked show'?"]),
            (
                "parked dance",
                ["there is no command 'parked dance'; there are list, show, replay, discard"]
            ),
            ("ledger", ["which command? There are prove, export"]),
            ("ledger --jsn", ["there is no option --jsn here"]),
            ("--hlp", ["there is no option --hlp here; did you mean '--help'?"]),
            ("user add", ["--name <name> is missing"]),
            (
                "top-up --user me --amount -5 --reason x",
                [
                    "there is no option --reason",
                    "--user must be an id such as 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21",
                    "--amount must be an amount above zero in USD, with at most six decimals: 100 or 0.75",
                ]
            ),
            ("user add --name", ["--name needs a value: --name <name>"]),
            ("user add --name A --name B", ["--name is given twice"]),
            ("user add --name A --api-key=yes", ["--api-key takes no value"]),
            ("user add --name A --api-key --api-key", ["--api-key is given twice"]),
            ("user add --name A --role king", ["--role must be one of user, support, admin"]),
            ("user add --name A --emial a@b.c", ["there is no option --emial; did you mean '--email'?"]),
            ("user add --name A B", ["'B' is not expected here"]),
            (
                "user add --name A --rate-limit 5 --no-rate-limit",
                ["--rate-limit and --no-rate-limit exclude each other"]
            ),
            ("user add --name A --rate-limit 0", ["--rate-limit must be at least 1; --no-rate-limit is for no limit"]),
            ("user add --name A --rate-limit +5", ["--rate-limit must be a whole number from 0"]),
            ("user add --name A --password longenough1", ["--password needs --email beside it"]),
            ("publisher add", ["give either --name for a new account, or --account"]),
            ("publisher add --name A --max-channels 0", ["without a connection or a channel nothing can be published"]),
            ("ledger export --from 2026-02-04 --to 2026-02-03", ["--from must lie before --to"]),
            (
                "ledger export --from yesterday",
                ["--from must be a day such as 2026-02-03 or a time such as 2026-02-03T10:35:11Z"]
            ),
            ("parked list --limit 0", ["--limit must be at least 1"]),
            ("parked replay", ["name the messages by their ids, or say --all"]),
            ("parked replay --all --rate 0", ["--rate must be at least 1"]),
            ("parked show", ["<id> is missing"]),
            ("parked show x", ["<id> must be an id such as 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21, not 'x'"]),
        ])
    func wrong(_ line: String, _ expected: [String]) {
        #expect(problems(line) == expected)
    }

    @Test("an error tells where its help stands")
    func errorText() {
        let error = UsageError(["a is wrong", "b is missing"], command: ["namaskahctl", "user", "add"])
        #expect(error.text == "error: a is wrong\nerror: b is missing\nSee 'namaskahctl user add --help'.")
    }

    private func every(_ place: CommandDefinition, _ path: [String]) -> [(CommandDefinition, [String])] {
        [(place, path)] + place.children.flatMap { every($0, path + [$0.name]) }
    }

    @Test("every command has help that names each of its arguments and fits a terminal, asked for in every way")
    func helpTexts() throws {
        for (place, path) in every(CommandTree.root, []) {
            let line = path.joined(separator: " ")
            let text = try #require(try help("\(line) --help"))
            #expect(try help("help \(line)") == text)
            #expect(try help("\(line) -h") == text)
            #expect(text.hasPrefix("Usage: namaskahctl" + (path.isEmpty ? "" : " \(line)")))
            for argument in place.arguments { #expect(text.contains(argument.notation) && text.contains("Options:")) }
            for child in place.children { #expect(text.contains("  \(child.name) ")) }
            #expect(text.contains("--json") && text.hasSuffix("\n"))
            // Examples are to be copied and may be long.
            for row in text.prefix(upTo: text.firstRange(of: "Example")?.lowerBound ?? text.endIndex).split(
                separator: "\n")
            {
                #expect(row.count <= HelpText.width, "\(row)")
            }
            #expect(!place.summary.isEmpty && place.summary.hasSuffix("."))
            #expect(!place.examples.isEmpty)
        }
    }

    @Test("every example of the help is a command line that is taken")
    func examples() throws {
        for (place, _) in every(CommandTree.root, []) {
            for example in place.examples {
                let line = try #require(example.split(separator: "| ").first { $0.contains("namaskahctl ") })
                let own = words(String(line.prefix { $0 != ">" && $0 != "'" && $0 != "|" }))
                #expect(own.first == "namaskahctl")
                #expect(problems(own.dropFirst().joined(separator: " ")) == [], "\(example)")
            }
        }
    }

    @Test("a word is taken for the nearest that is known, if it is near enough")
    func suggestions() {
        #expect(Suggestion.distance("", "abc") == 3)
        #expect(Suggestion.distance("abc", "") == 3)
        #expect(Suggestion.distance("abc", "abc") == 0)
        #expect(Suggestion.distance("kitten", "sitting") == 3)
        #expect(Suggestion.distance("queeus", "queues") == 1)
        #expect(Suggestion.nearest(to: "ver", among: ["queues", "verify"]) == "verify")
        #expect(Suggestion.nearest(to: "xyz", among: ["queues", "verify"]) == nil)
        #expect(Suggestion.nearest(to: "x", among: []) == nil)
        #expect(Suggestion.text(for: "zzzz", among: ["queues"]) == "")
    }

    @Test("lines are broken at spaces, and the broken ones indented")
    func wrapping() {
        let text = HelpText.wrapped(String(repeating: "word ", count: 40), indent: 4)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 3 && lines.dropFirst().allSatisfy { $0.hasPrefix("    word") })
        #expect(lines.allSatisfy { $0.count <= HelpText.width })
        #expect(HelpText.wrapped("a\n\nb", indent: 0) == "a\n\nb")
    }
}
