import Glibc
import JSON
import Kit
import TestSupport
import Testing

/// What must hold whatever dies: nothing lost, nothing bought or charged twice. Its suites go side by side, each on a
/// stack of its own, since most of their time is waiting.
@Suite("Faults", .enabled(if: TestEnvironment.hasServers))
enum Fault {}

/// Starts a stack around a suite, and stops it afterwards.
struct StackForSuite: SuiteTrait, TestScoping {
    /// On servers of its own, which the suite may stop, or on those of the whole run.
    let isPrivate: Bool
    /// With wires between the services and their servers, which the suite may disturb.
    var isWired = false
    /// What its services are told beside the usual.
    var settings: [TestStack.Service: [String: String]] = [:]
    var isRecursive: Bool { false }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let body: @Sendable (TestServers) async throws -> Void = { servers in
            try await TestStack.with(servers, settings, wired: isWired) { _ in try await function() }
        }
        if isPrivate { try await TestServers.own(body) } else { try await TestServers.shared(body) }
    }
}

extension Trait where Self == StackForSuite {
    static var onOneStack: Self { StackForSuite(isPrivate: false) }
    static func onOneStack(_ settings: [TestStack.Service: [String: String]]) -> Self {
        StackForSuite(isPrivate: false, settings: settings)
    }
    static var onServersOfItsOwn: Self { StackForSuite(isPrivate: true) }
    static func onWires(_ settings: [TestStack.Service: [String: String]] = [:]) -> Self {
        StackForSuite(isPrivate: false, isWired: true, settings: settings)
    }
}

extension TestCustomer {
    /// Orders, and orders again under the same key until an answer comes, as a careful client does.
    func insistentOrder(service: String, key: String) async throws -> ID {
        let taken = Collected<ID>()
        let isTaken = await eventually(within: .seconds(60)) {
            // Whatever went wrong, the same key makes the next attempt harmless.
            guard let reply = try? await self.create(service: service, key: key), reply.status == 202,
                let id = reply.json["verification_id"]?.stringValue.flatMap({ ID($0) })
            else { return false }
            taken.append(id)
            return true
        }
        guard isTaken, let id = taken.all.first else { throw TestStackError("the order \(key) was never taken") }
        return id
    }

    /// Each of these came to its code and was paid for once, nothing else was, and all that must hold holds.
    func expectServed(_ orders: [ID]) async throws {
        for order in orders {
            #expect(try await state(of: order, within: .seconds(60)) == "completed", "\(order)")
        }
        #expect(await stack.faults() == [])
        let price = try await price()
        #expect(try await balance() == (1_000_000_000 - price.micro * Int64(orders.count), 0))
    }
}

/// The instants that the sources mark.
func markedCrashpoints() async throws -> Set<String> {
    let directory = try TestFiles.makeDirectory()
    let found = "\(directory)/found"
    let search = try await ChildProcess.start(
        [
            "/bin/grep", "-rhoE", #"crashpoint\("[a-z_.]+"\)"#, "\(TestFiles.root)/Services",
            "\(TestFiles.root)/Shared",
        ], environment: [:], log: found)
    #expect(await search.end(within: .seconds(20)) == .exited(0))
    let marked = try TestFiles.read(found).split(separator: "\n").compactMap {
        $0.split(separator: "\"").dropFirst().first.map(String.init)
    }
    unlink(found)
    rmdir(directory)
    return Set(marked)
}
