import Kit

/// A process of a service: its memory, and the steps it takes. Between any two steps it may die, and then all it
/// remembers is gone while the tables stay; or stand still, and go on when others have long taken over.
class Process {
    /// `unowned(unsafe)` here and beside: a world owns all that is in it, and nothing of it runs when the world is gone.
    unowned(unsafe) let world: World
    let name: String
    private let number: Int
    /// One more with each start; steps of an earlier life are not taken.
    private(set) var life = 0
    private(set) var isUp = false
    private var stallsUntil: Int64 = 0
    var consumers: [Consumer] = []

    init(_ world: World, name: String) {
        self.world = world
        self.name = name
        number = world.nextProcess()
    }

    /// What this life is known by to others.
    var instance: Int { number << 20 | life }

    /// Begins a new life with an empty memory.
    func start() {
        isUp = true
        for consumer in consumers { consumer.connect() }
        begin()
    }

    /// What a process does when it starts; overridden.
    func begin() {}

    /// What a process forgets when it dies; overridden.
    func forget() {}

    private func die(before step: StaticString) {
        world.tally.crashes += 1
        world.log("\(name) dies before: \(step)")
        isUp = false
        life += 1
        stallsUntil = 0
        for consumer in consumers { consumer.lost() }
        forget()
        world.after(world.dice.pause(100, 20_000)) { [self] in
            world.log("\(name) starts again")
            start()
        }
    }

    private func stall(before step: StaticString) {
        world.tally.stalls += 1
        let pause = world.dice.pause(1000, world.dice.chance(5000) ? 20_000 : 150_000)
        world.log("\(name) stands still for \(pause / 1_000_000) s before: \(step)")
        stallsUntil = world.now + pause
        for consumer in consumers { consumer.lost() }
    }

    /// Takes a step after a pause, if this life lasts until then.
    func after(_ pause: Int64, _ step: StaticString, _ act: @escaping () -> Void) {
        resume(life, after: pause, step, act)
    }

    /// Takes a step that an earlier moment of a life waits for.
    func resume(_ life: Int, after pause: Int64, _ step: StaticString, _ act: @escaping () -> Void) {
        world.after(pause) { [self] in take(life, step, act) }
    }

    private func take(_ life: Int, _ step: StaticString, _ act: @escaping () -> Void) {
        guard isUp, life == self.life else { return }
        if world.now < stallsUntil {
            return world.after(stallsUntil - world.now + world.dice.pause(0, 50)) { [self] in take(life, step, act) }
        }
        if world.dice.chance(world.weather.crash) { return die(before: step) }
        if world.dice.chance(world.weather.stall) {
            stall(before: step)
            return world.after(stallsUntil - world.now) { [self] in take(life, step, act) }
        }
        act()
    }

    /// A transaction: all of it or nothing. Nil when the process does not learn that it was stored, though it may be.
    func transaction<Value>(_ body: () -> Value) -> Value? {
        guard world.dice.chance(world.weather.commit) else {
            world.written = []
            let value = body()
            // The relay beside the writer sends what it wrote; of a commit whose answer was lost nobody knows.
            for (table, rows) in world.written { table.relays.first { $0.belongs(to: self) }?.send(rows) }
            world.written = []
            return value
        }
        world.tally.lostCommits += 1
        if world.dice.chance(5000) {
            world.log("\(name): a transaction fails")
        } else {
            world.log("\(name): a transaction is committed, but the answer is lost")
            _ = body()
        }
        return nil
    }
}
