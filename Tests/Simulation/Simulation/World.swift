import Contracts
import JSON
import Kit
import Synchronization
import VerificationCore

/// One history: the services' real rules, the small models of everything around them, and a seed that decides who runs
/// next, what gets lost and who dies. It lives for one call of `History.run`, on one thread.
final class World {
    static let providerName = "fivesim"
    static let service = "telegram"
    static let countries = ["england", "poland"]
    /// How long a call to the provider may take.
    static let callLimit = Duration.seconds(10)
    /// How long after its deadline a purchase may still turn up: longer than the provider takes to do and to list it.
    static let grace = Duration.seconds(20)

    let start = Timestamp(seconds: 1_800_000_000)
    let policy = OrderPolicy(patience: .seconds(180), attemptLimit: 5, retryPause: .seconds(1))
    let mutation: Mutation?
    let isRecording: Bool
    var dice: Dice
    var weather: Weather
    var tally = Tally()
    private(set) var witness = Witness()
    private(set) var faults: [String] = []
    private(set) var lines: [String] = []
    /// What the transaction under way has written into outboxes.
    var written: [(table: OutboxTable, rows: [OutboxTable.Row])] = []
    private let schedule = Schedule()
    private let names = Names()
    private var processes = 0

    let workers: Int
    // Set in `init`, after what they need a world for.
    private(set) lazy var broker = Broker(self)
    private(set) lazy var provider = ProviderModel(self)
    private(set) lazy var orders = OrderStore(self)
    private(set) lazy var ledger = LedgerStore(self)
    private(set) lazy var views = ViewStore(self)
    private var gateways: [GatewayProcess] = []
    private var others: [Process] = []
    private(set) var clients: [Client] = []
    private(set) var accounts: [ID: Money] = [:]

    init(seed: UInt64, mutation: Mutation?, isRecording: Bool) {
        var dice = Dice(seed: seed)
        weather = Weather(&dice)
        weather.favour(mutation)
        workers = 1 + dice.below(2)
        self.dice = dice
        self.mutation = mutation
        self.isRecording = isRecording
    }

    // MARK: - Time

    /// Microseconds since the history began.
    var now: Int64 { schedule.now }
    var time: Timestamp { Timestamp(microseconds: start.microseconds + schedule.now) }

    func after(_ pause: Int64, _ act: @escaping () -> Void) { schedule.after(pause, tie: dice.next(), act) }

    // MARK: - Names

    /// Ids of a history count up, so that they are the same each time.
    private final class Names: Sendable {
        private let last = Atomic<UInt64>(0)
        func next() -> ID {
            let number = last.add(1, ordering: .relaxed).newValue
            return ID(high: number << 16 | 0x7000, low: 0x8000_0000_0000_0000 | number)
        }
    }

    func newID() -> ID { names.next() }
    var makeID: @Sendable () -> ID { { [names] in names.next() } }

    func nextProcess() -> Int {
        processes += 1
        return processes
    }

    // MARK: - Words

    func log(_ line: @autoclosure () -> String) {
        if isRecording { lines.append("\(moment) \(line())") }
    }

    func fault(_ text: String) {
        log("FAULT: \(text)")
        faults.append(text)
    }

    func told(_ message: Message) { witness.told(message) }

    private var moment: String {
        let seconds = String(now / 1_000_000)
        let rest = String(now % 1_000_000 / 1000)
        return String(repeating: " ", count: max(0, 5 - seconds.count)) + seconds + "."
            + String(repeating: "0", count: 3 - rest.count) + rest
    }

    var gateway: GatewayProcess { dice.pick(gateways) }

    // MARK: - The history

    /// Until nothing is left to be done, or for two hours.
    func run() {
        gateways = (1...(1 + dice.below(2))).map { GatewayProcess(self, name: "gateway \($0)", views) }
        others = (1...(1 + dice.below(2))).map { BillingProcess(self, name: "billing \($0)", ledger) }
        others += (1...workers).map { VerificationProcess(self, name: "verification \($0)", orders) }
        for process in gateways { process.start() }
        for process in others { process.start() }
        openAccounts()
        let calm = Int64(120 + dice.below(180)) * 1_000_000
        after(calm) { [self] in
            log("nothing goes wrong any more")
            weather.clear()
            look(calmSince: now)
        }
        while faults.isEmpty, !isOver, schedule.step() { tally.events += 1 }
        tally.histories += 1
        tally.orders += orders.rows.count
        tally.completed += orders.rows.count { $0.order.state == .completed }
    }

    private var isOver = false

    private func openAccounts() {
        for number in 0..<(1 + dice.below(2)) {
            var topUp = TopUp()
            topUp.transferID = newID()
            topUp.accountID = newID()
            // For some it is too little for all they order.
            topUp.amount = Money(micro: Int64(dice.pick([500_000, 1_600_000, 20_000_000])))
            accounts[topUp.accountID] = topUp.amount
            views.outbox.write([.command(.topUp(topUp))])
            for order in 0..<(1 + dice.below(3)) {
                clients.append(Client(self, account: topUp.accountID, number: number * 10 + order))
            }
        }
        for client in clients { client.begin() }
    }

    /// Looks from time to time whether everything has come to its end.
    private func look(calmSince: Int64) {
        if let left = unfinished {
            if now - calmSince > 300_000_000, let neglected { return fault(neglected) }
            guard now < 7_200_000_000 else {
                return fault("after two hours of calm: \(left)")
            }
            return after(10_000_000) { [self] in look(calmSince: calmSince) }
        }
        isOver = true
        proveAll()
    }
}

/// What was said in the course of a history, by whom ever: the outside view that tables are held against.
struct Witness {
    /// Facts and answers that were committed to be told.
    private(set) var facts: [ID] = []
    /// What each order was told to be, by version.
    private(set) var versions: [ID: Set<Int>] = [:]
    private(set) var repeatedVersions = 0
    private(set) var refusals: [ID: Int] = [:]

    mutating func told(_ message: Message) {
        switch message.body {
        case .fact(let kind, let fact):
            facts.append(message.id)
            if !versions[fact.verificationID, default: []].insert(fact.version).inserted { repeatedVersions += 1 }
            if kind == .actionRefused { refusals[fact.verificationID, default: 0] += 1 }
        case .ledger: facts.append(message.id)
        case .request, .action, .ingress, .command: break
        }
    }
}
