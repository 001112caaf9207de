import Kit
import Runtime

/// Who gets which connection. One queue for all, in order of arrival. A statement may share a connection with others,
/// in its pipeline; a transaction has one for itself from its BEGIN on, which may follow the statements of others.
extension Pool {
    /// A connection whose present answer has been out for so long gets nothing more behind it while others may do.
    private static let slow = Duration.milliseconds(5)

    func submit(_ request: Request) {
        if request.isCancelled { return request.finish(.failure(CancellationError())) }
        guard let lease = request.lease else { return enqueue(request) }
        switch lease.state {
        case .new:
            lease.state = .queued(request, followers: [])
            enqueue(request)
        case .queued(let first, let followers):
            lease.state = .queued(first, followers: followers + [request])
        case .held(let connection):
            send(request, on: connection)
        case .over(let error):
            request.finish(.failure(error))
        }
    }

    private func enqueue(_ request: Request) {
        if isStopping {
            let error = DatabaseError(.closed, "the pool is stopping")
            if let lease = request.lease { lease.state = .over(error) }
            return request.finish(.failure(error))
        }
        request.state = .queued
        request.queuedAt = now
        waiting.append(request)
        waitingCount += 1
    }

    func cancel(_ request: Request) {
        request.isCancelled = true
        switch request.state {
        case .new, .finished:
            break
        case .queued:
            leaveQueue(request, CancellationError())
        case .sent:
            // A statement that may last is waited for: a cancelled call never hides that it took effect. Within a
            // transaction nobody need wait, because it is given up; that it is, holds even if its body goes on.
            guard !request.mayCommit, let lease = request.lease else { return }
            request.abandon(CancellationError())
            giveUp(lease, DatabaseError(.transactionAborted, "a statement of the transaction was cancelled"))
        }
    }

    /// Ends a request that still waits; its place in the queue is skipped later.
    private func leaveQueue(_ request: Request, _ error: any Error) {
        waitingCount -= 1
        request.finish(.failure(error))
        guard let lease = request.lease, case .queued(_, let followers) = lease.state else { return }
        lease.state = .new
        for follower in followers { submit(follower) }
    }

    // MARK: Handing out

    func dispatch() {
        while let request = waiting.first {
            if request.state == .finished {
                _ = waiting.popFirst()
                continue
            }
            guard let index = leastLoaded(), let connection = slots[index].connection else { return }
            _ = waiting.popFirst()
            waitingCount -= 1
            metrics.wait.observe(now - request.queuedAt)
            guard let lease = request.lease, case .queued(_, let followers) = lease.state else {
                send(request, on: connection)
                continue
            }
            connection.lease = lease
            lease.state = .held(connection)
            request.begins = true
            for request in [request] + followers { submit(request) }
        }
    }

    private func leastLoaded() -> Int? {
        var best: (index: Int, load: Int)?
        for index in slots.indices.dropLast() {
            guard let connection = slots[index].connection, connection.lease == nil else { continue }
            let load = connection.load
            if load == 0 { return index }
            guard load < settings.options.pipelineDepth, load < best?.load ?? .max,
                now - connection.headSince < Self.slow
            else { continue }
            best = (index, load)
        }
        return best?.index
    }

    func send(_ request: Request, on connection: PostgresConnection) {
        do {
            try connection.send(request)
        } catch {
            guard let index = slots.firstIndex(where: { $0.connection === connection }) else { return }
            lose(index, connection, error)
        }
    }

    // MARK: Answers

    /// The whole answer to a request has come.
    func finish(_ request: Request, on connection: PostgresConnection, _ index: Int) {
        metrics.statement.observe(now - request.sentAt)
        var error = request.error
        if let lease = request.lease {
            lease.firstError = lease.firstError ?? error
            if request.commits {
                if error == nil, request.commitTag != "COMMIT" {
                    error =
                        lease.firstError ?? DatabaseError(.transactionAborted, "the transaction was rolled back")
                }
                lease.state = .over(error ?? .overAndDone)
                // After a refusal the transaction may still be open, in its failed state.
                if request.error == nil { connection.lease = nil } else { rollBack(lease, on: connection) }
            } else if request.rollsBack {
                if let error { return lose(index, connection, error) }
                connection.lease = nil
            }
        }
        if let error {
            metrics.count(error)
            request.finish(.failure(error))
        } else {
            request.finish(.success(request.results))
        }
    }

    /// Ends a transaction that has not committed; whatever is still asked of it gets the error.
    func giveUp(_ lease: Lease, _ error: DatabaseError) {
        switch lease.state {
        case .over:
            break
        case .new:
            lease.state = .over(error)
        case .queued(let first, let followers):
            lease.state = .over(error)
            waitingCount -= 1
            for request in [first] + followers { request.finish(.failure(error)) }
        case .held(let connection):
            lease.state = .over(error)
            rollBack(lease, on: connection)
        }
    }

    /// The connection is the transaction's until the answer to this has come; without one it is closed.
    private func rollBack(_ lease: Lease, on connection: PostgresConnection) {
        send(Request(.statements([]), lease: lease, rollsBack: true), on: connection)
    }

    /// Answers all that were waiting for a connection which is no more.
    func fail(_ connection: PostgresConnection, _ error: DatabaseError) {
        if let lease = connection.lease {
            connection.lease = nil
            if case .held = lease.state { lease.state = .over(error) }
        }
        for request in connection.takeAll() {
            var own = error
            if let known = request.error, known.code != .connectionLost {
                own = known  // Refused before the connection was lost, so nothing of it can have lasted.
            } else if request.mayCommit {
                own.outcomeUnknown = true
            }
            metrics.count(own)
            request.finish(.failure(own))
        }
    }

    // MARK: Waiting too long

    private func deadline(_ request: Request) -> ContinuousClock.Instant {
        request.queuedAt + settings.options.waitTimeout
    }

    /// When the first in the queue will have waited too long. All may wait equally long, so later ones come later;
    /// the patient are few and are looked past.
    var firstWaitDeadline: ContinuousClock.Instant? {
        for index in 0..<waiting.count where waiting[index].state == .queued && !waiting[index].isPatient {
            return deadline(waiting[index])
        }
        return nil
    }

    func expireWaiting() {
        for index in 0..<waiting.count {
            let request = waiting[index]
            if request.state != .queued || request.isPatient { continue }
            guard deadline(request) <= now else { return }
            let error =
                readyCount == 0
                ? DatabaseError(.unavailable, "there is no connection to Postgres: \(lastFailure)", isRetriable: true)
                : DatabaseError(
                    .waitTimeout, "all \(readyCount) connections were busy for \(settings.options.waitTimeout)",
                    isRetriable: true)
            metrics.count(error)
            leaveQueue(request, error)
        }
    }

    func failWaiting(_ error: DatabaseError) {
        for request in waiting.removeAll() where request.state == .queued { leaveQueue(request, error) }
        waitingCount = 0
    }
}

extension DatabaseError {
    /// For whoever still uses a transaction after its body has ended.
    static var overAndDone: DatabaseError { DatabaseError(.closed, "the transaction is over") }
}
