/// Every command with its help.
package enum CommandTree {
    /// The program, whose children are its commands.
    package static let root = CommandDefinition.group(
        "namaskahctl", "Runs and looks after Namaskah from the command line.",
        """
        Settings are taken from the environment, and what is missing there from .local/env, which is looked for from \
        the working directory upward and beside this program: NAMASKAH_URL, NAMASKAH_API_KEY, NAMASKAH_ADMIN_KEY, \
        DATABASE_ADMIN_URL, AMQP_ADMIN_URL, AMQP_MANAGEMENT_URL.

        It exits with 0 when done, 1 when it could not be done or what was looked at is not well, and 2 when the \
        command line or a setting is wrong. What was asked for goes to standard output, everything else to standard \
        error.
        """,
        examples: ["namaskahctl verify --service telegram --country england", "namaskahctl help parked replay"],
        [user, topUp, publisher, verify, prices, routing, ledger, parked, queues, code, document])

    private static let user = CommandDefinition.group(
        "user", "Make accounts.",
        examples: ["namaskahctl user add --name Demo --email demo@example.test --api-key"],
        [
            .command(
                "add", "Make an account for a person.",
                "Needs NAMASKAH_ADMIN_KEY. Prints the account's id, and its API key if one was asked for: the only "
                    + "time that the key is shown.",
                examples: [
                    "namaskahctl user add --name Demo --email demo@example.test --api-key",
                    "namaskahctl user add --name Load --no-rate-limit --api-key --json | jq -r .api_key.key",
                ], AddUser.self, Command.addUser)
        ])

    private static let topUp = CommandDefinition.command(
        "top-up", "Credit an account.", "Needs NAMASKAH_ADMIN_KEY. Prints the account's new balance.",
        examples: ["namaskahctl top-up --user 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21 --amount 100 --reference invoice-7"],
        AddCredit.self, Command.topUp)

    private static let publisher = CommandDefinition.group(
        "publisher", "Let other companies' services order over AMQP.",
        examples: ["namaskahctl publisher add --name shop"],
        [
            .command(
                "add", "Make an account for a service, with its own access to the broker.",
                """
                Needs NAMASKAH_ADMIN_KEY, AMQP_ADMIN_URL and AMQP_MANAGEMENT_URL. The service may write to \
                namaskah.ingress under its own routing key and read its own result queue, and nothing else. Prints the \
                address with the password: the only time that it is shown.
                """,
                examples: [
                    "namaskahctl publisher add --name shop",
                    "namaskahctl publisher add --account 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21",
                ], AddPublisher.self, Command.addPublisher),
            .command(
                "remove", "Take a service's access to the broker away.",
                "Needs AMQP_ADMIN_URL and AMQP_MANAGEMENT_URL. Open connections are closed. The account itself, its "
                    + "money and its history stay.",
                examples: ["namaskahctl publisher remove --account 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21"],
                RemovePublisher.self, Command.removePublisher),
        ])

    private static let verify = CommandDefinition.command(
        "verify", "Order a verification and watch it until its code is there.",
        """
        Needs NAMASKAH_API_KEY. Prints the number, the code and what it cost; exits with 1 when the order ends without \
        a code. Interrupting this does not end the order.
        """,
        examples: [
            "namaskahctl verify --service telegram --country england",
            "namaskahctl verify --service whatsapp --country GB --max-price 0.50 --cancel-after 120 --json",
        ], Verify.self, Command.verify)

    private static let prices = CommandDefinition.group(
        "prices", "What numbers cost and are sold for.", "Needs NAMASKAH_ADMIN_KEY.",
        examples: ["namaskahctl prices show --country england --service telegram"],
        [
            .command(
                "show", "What is sold in a country, and what it costs at whom.",
                examples: ["namaskahctl prices show --country england --service telegram"], ShowPrices.self,
                Command.showPrices),
            .command(
                "sync", "Ask the providers for their prices now.",
                "Without it each is asked once in an hour. The answer comes at once; the prices come when the providers "
                    + "have answered, of all countries in a few minutes.",
                examples: ["namaskahctl prices sync --provider 5sim --country england"], SyncPrices.self,
                Command.syncPrices),
            .command(
                "set", "Set a price by hand, or take it back.",
                "It is never sold below twice its cost, whatever is set; what is raised for that makes an alert.",
                examples: [
                    "namaskahctl prices set --service telegram --country england --price 0.99",
                    "namaskahctl prices set --service telegram --clear",
                ], SetPrice.self, Command.setPrice),
        ])

    private static let routing = CommandDefinition.group(
        "routing", "How offers are chosen.",
        examples: ["namaskahctl routing what-if --policy margin=0.1"],
        [
            .command(
                "what-if", "What orders of the past would have cost under another policy.",
                """
                Needs DATABASE_ADMIN_URL. Changes nothing. Each decision is made again from the offers as they were seen \
                then; where another offer comes out, what it would have brought is estimated by what was known of it. \
                What would have been learned by choosing otherwise is not in it.
                """,
                examples: [
                    "namaskahctl routing what-if --policy waiting-per-minute=0.05",
                    "namaskahctl routing what-if --policy margin=0,exploration=0 --service telegram --country england",
                ], WhatIfArguments.self, Command.replayRouting),
            .command(
                "demand", "What is expected to be ordered in the next hours.",
                """
                Needs DATABASE_ADMIN_URL. Changes nothing. Reckons what the workers reckon, from the hours that they have                 counted, and tells how well it would have foretold the last week, beside two forecasts that cost nothing:                 the same hour a week before, and the hour before.
                """,
                examples: [
                    "namaskahctl routing demand", "namaskahctl routing demand --country england --hours 12 --limit 5",
                ], DemandArguments.self, Command.forecastDemand),
        ])

    private static let ledger = CommandDefinition.group(
        "ledger", "Prove and export the ledger.", examples: ["namaskahctl ledger prove"],
        [
            .command(
                "prove", "Check every promise of the ledger against all transfers ever made.",
                "Needs DATABASE_ADMIN_URL. Changes nothing. Exits with 1 when any check does not hold.",
                examples: ["namaskahctl ledger prove"], NoArguments.self, { _ in .proveLedger }),
            .command(
                "export", "Print the ledger as a journal for hledger.",
                "Needs DATABASE_ADMIN_URL.",
                examples: [
                    "namaskahctl ledger export | hledger -f - balance",
                    "namaskahctl ledger export --from 2026-02-01 --to 2026-03-01 >february.journal",
                ], ExportLedger.self, Command.exportLedger),
        ])

    private static let parked = CommandDefinition.group(
        "parked", "Look at messages that a service could not handle, and deal with them.",
        "Needs DATABASE_ADMIN_URL.", examples: ["namaskahctl parked list"],
        [
            .command(
                "list", "Those that nobody has dealt with, oldest first.",
                examples: ["namaskahctl parked list --service billing"], ListParked.self, Command.listParked),
            .command(
                "show", "All that is known of one: reason, origin, headers, body.",
                examples: ["namaskahctl parked show 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21"],
                ParkedMessageArguments.self, Command.showParked),
            .command(
                "replay", "Send messages again to the queues they came from.",
                "Under their own ids: what had its effect after all does not have it twice. Do it once the cause is "
                    + "gone; a message that fails again is parked again.",
                examples: [
                    "namaskahctl parked replay 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21",
                    "namaskahctl parked replay --all --service verification --dry-run",
                ], ReplayParked.self, Command.replayParked),
            .command(
                "discard", "Say that a message needs nothing done.",
                "It is kept with a note of when, and can still be shown.",
                examples: ["namaskahctl parked discard 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21"],
                ParkedMessageArguments.self, Command.discardParked),
        ])

    private static let queues = CommandDefinition.command(
        "queues", "The broker's queues: what waits in them, and who takes from them.",
        "Needs AMQP_MANAGEMENT_URL. Warns of queues that nobody takes from, and of parked messages. The rate is that of "
            + "acknowledged messages, '-' where the broker does not count it.",
        examples: ["namaskahctl queues"], NoArguments.self, { _ in .listQueues })

    private static let document = CommandDefinition.group(
        "document", "Print what the interfaces are.", examples: ["namaskahctl document openapi >openapi.json"],
        [
            .command(
                "openapi", "The HTTP API, as OpenAPI 3.1.", "Needs no settings.",
                examples: ["namaskahctl document openapi >openapi.json"], NoArguments.self, { _ in .showOpenAPI }),
            .command(
                "asyncapi", "The messages of the broker, as AsyncAPI 3.0.", "Needs no settings.",
                examples: ["namaskahctl document asyncapi >asyncapi.json"], NoArguments.self, { _ in .showAsyncAPI }),
        ])

    private static let code = CommandDefinition.command(
        "code", "Find the verification code in each text.",
        "Reads texts, one a line, in which \\n stands for a line break, and prints the code found in each, or '-'. "
            + "Needs no settings.",
        examples: [
            "printf '%s\\n' 'Your code is 481 520' | namaskahctl code", "namaskahctl code 'G-481520 is your code'",
        ],
        FindCodes.self, Command.findCodes)
}
