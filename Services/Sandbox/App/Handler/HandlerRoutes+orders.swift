import HTTPServer
import JSON
import Kit
import SandboxCore

extension HandlerRoutes {
    static func orders(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        actions["getstatus"] = upstream.handler("check", .customer) { world, call, request throws(Refusal) in
            say(HandlerWriter.status(try activation(&world, call, request)), dialect)
        }
        actions["getstatusv2"] = upstream.handler("check", .customer) { world, call, request throws(Refusal) in
            guard dialect.settings.hasV2 else { throw Refusal(404, "BAD_ACTION") }
            let order = try activation(&world, call, request)
            guard order.status.isOpen else { return say("STATUS_CANCEL", dialect) }
            return say(HandlerWriter(dialect).statusV2(order), dialect)
        }
        actions["getfullsms"] = upstream.handler("inbox", .customer) { world, call, request throws(Refusal) in
            let order = try activation(&world, call, request)
            guard order.status.isOpen, let last = order.messages.last else {
                return say(HandlerWriter.status(order), dialect)
            }
            return say("FULL_SMS:\(last.text)", dialect)
        }
        actions["getallsms"] = upstream.handler("inbox", .customer) { world, call, request throws(Refusal) in
            guard dialect.settings.hasExtras else { throw Refusal(404, "BAD_ACTION") }
            let order = try activation(&world, call, request)
            guard order.status.isOpen else { throw Refusal(409, "ACTIVATION_NOT_ACTIVE") }
            return say(HandlerWriter(dialect).allMessages(order, world.seller), dialect)
        }
        changes(&actions, upstream, dialect)
    }

    private static func changes(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        let finish = upstream.handler("finish", .customer) { world, call, request throws(Refusal) in
            let id = try request.order("id", "activationId")
            _ = try world.seller.finish(id, account: call.account, at: call.now)
            return done("ACCESS_ACTIVATION", dialect)
        }
        let cancel = upstream.handler("cancel", .customer) { world, call, request throws(Refusal) in
            let id = try request.order("id", "activationId")
            do throws(Refusal) {
                _ = try world.seller.cancel(id, account: call.account, at: call.now)
            } catch {
                guard error == .waitTime else { throw error }
                let seconds = world.seller.settings.earlyCancel.components.seconds
                return .reply(dialect.response(to: error, info: ["minActivationTime": .integer(seconds)]))
            }
            return done("ACCESS_CANCEL", dialect)
        }
        let again = upstream.handler("reuse", .customer) { world, call, request throws(Refusal) in
            _ = try world.seller.askAgain(try request.order("id"), account: call.account, at: call.now)
            return done("ACCESS_RETRY_GET", dialect)
        }
        let ready = upstream.handler("check", .customer) { world, call, request throws(Refusal) in
            guard dialect.settings.hasReady else { throw Refusal(400, "BAD_STATUS") }
            guard try activation(&world, call, request).status.isOpen else { throw .orderNotFound }
            return done("ACCESS_READY", dialect)
        }
        let unknown = upstream.handler("check", .customer) { _, _, _ throws(Refusal) in
            throw Refusal(400, "BAD_STATUS")
        }
        actions["setstatus"] = { request in
            switch request.integer("status") {
            case 1: try await ready(request)
            case 3: try await again(request)
            case 6: try await finish(request)
            case 8: try await cancel(request)
            // Not with the heir, but with others.
            case -1 where !dialect.settings.hasExtras: try await cancel(request)
            default: try await unknown(request)
            }
        }
        guard upstream.vendor == .hero else { return }
        actions["finishactivation"] = answeringNothing(finish)
        actions["cancelactivation"] = answeringNothing(cancel)
    }

    /// A success without a body.
    private static func answeringNothing(_ handler: @escaping Router.Handler) -> Router.Handler {
        { request in
            let response = try await handler(request)
            guard response.status == 200, case .bytes(let body) = response.body, body.starts(with: "ACCESS_".utf8)
            else {
                return response
            }
            return .noContent
        }
    }

    static func activation(
        _ world: inout Upstream.World, _ call: Call, _ request: HTTPRequest
    ) throws(Refusal) -> Order {
        let id = try request.order("id", "activationId")
        return try world.seller.look(at: id, .activation, account: call.account, at: call.now)
    }

    // MARK: - Lists

    static func lists(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        actions["getactiveactivations"] = upstream.handler("orders", .customer) {
            world, call, request throws(Refusal) in
            let orders = world.seller.openOrders(.activation, account: call.account, at: call.now)
            let isPaged = dialect.settings.hasExtras
            guard !orders.isEmpty || dialect.settings.activeShape != .list else {
                return say(["status": "error", "error": "NO_ACTIVATIONS"], dialect)
            }
            let page =
                isPaged
                ? Array(
                    orders.dropFirst(max(0, request.integer("start") ?? 0))
                        .prefix(min(100, max(1, request.integer("limit") ?? 100)))) : orders
            return say(HandlerWriter(dialect).actives(page, world.seller), dialect)
        }
        actions["gethistory"] = upstream.handler("orders", .customer) { world, call, request throws(Refusal) in
            world.seller.advance(to: call.now)
            let end = request.integer("end").map { Timestamp(seconds: Int64($0)) } ?? call.now
            let start = request.integer("start").map { Timestamp(seconds: Int64($0)) } ?? end - .seconds(86_400)
            guard start <= end, end - start <= .seconds(30 * 86_400) else { throw Refusal(400, "WRONG_DATE") }
            let limit = min(100, max(1, request.integer("limit") ?? request.integer("size") ?? 50))
            let seller = world.seller
            let rows = seller.accounts[call.account].activations.reversed().lazy
                .compactMap { seller.order($0) }
                .filter { (start...end).contains($0.createdAt) }
                .dropFirst(max(0, request.integer("offset") ?? 0)).prefix(limit)
            let writer = HandlerWriter(dialect)
            return say(.array(rows.map { writer.ended($0, seller) }), dialect)
        }
    }
}
