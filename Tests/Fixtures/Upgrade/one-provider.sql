-- What version 1c0ac50, the last that knew one provider only, left behind when it was killed in the middle of its work:
-- an account with credit, an order with its code, one cancelled, one that found no number, one whose purchase was under
-- way, and one of which Verification had not heard when the broker was gone. As pg_dump --data-only --disable-triggers
-- wrote it of a stack that had the secrets of the tests, but for leases, shards and offers of what was not ordered.
-- It is never changed; what a later version leaves behind is another file.
ALTER TABLE billing.accounts DISABLE TRIGGER ALL;
DELETE FROM billing.accounts;
COPY billing.accounts (id, kind, name, credits, debits, pending, version, opened_at) FROM stdin;
00000000-0000-8000-8000-000000000003	provider_loss	\N	0	0	0	0	2026-11-22 13:13:16.052788+00
00000000-0000-8000-8000-000000000004	top_up_source	\N	0	10000000	0	1	2026-11-22 13:13:16.052788+00
00000000-0000-8000-8000-000000000001	revenue	\N	750000	0	0	1	2026-11-22 13:13:16.052788+00
00000000-0000-8000-8000-000000000002	cost_of_sales	\N	61800	111400	0	1	2026-11-22 13:13:16.052788+00
00000000-0001-8000-b467-a4743a09f699	provider	5sim	111400	61800	0	1	2026-11-22 13:13:43.939546+00
01a20364-0aa0-703e-ba7b-58b3cf186638	customer	\N	10000000	750000	750000	8	2026-11-22 13:13:37.764611+00
\.
ALTER TABLE billing.accounts ENABLE TRIGGER ALL;
ALTER TABLE billing.inbox_11 DISABLE TRIGGER ALL;
DELETE FROM billing.inbox_11;
COPY billing.inbox_11 (slot, consumer, msg_id, at) FROM stdin;
11	billing.commands	01a20364-0adf-70d2-9ade-2ee25e3d6c38	2026-11-22 13:13:37.764611+00
11	billing.commands	01a20364-12fd-75a6-a845-86dab22bb43a	2026-11-22 13:13:39.840619+00
11	billing.commands	01a20364-132e-75ae-96c4-cc5c3de7499c	2026-11-22 13:13:39.888829+00
11	billing.commands	01a20364-22f7-73c2-975e-b31561b7b8d2	2026-11-22 13:13:43.939546+00
11	billing.commands	01a20364-2344-73b2-bfea-fba8be58bb3b	2026-11-22 13:13:44.020149+00
11	billing.commands	01a20364-3b22-71e9-a740-e34d77adf0fe	2026-11-22 13:13:50.118332+00
11	billing.commands	01a20364-3b38-71ee-9f44-f86437494d05	2026-11-22 13:13:50.144019+00
11	billing.commands	01a20364-431e-7225-a8d2-57fe973f4eae	2026-11-22 13:13:52.1652+00
\.
ALTER TABLE billing.inbox_11 ENABLE TRIGGER ALL;
ALTER TABLE billing.schema_migrations DISABLE TRIGGER ALL;
DELETE FROM billing.schema_migrations;
COPY billing.schema_migrations (number, name, checksum, applied_at) FROM stdin;
1	accounts and transfers	d252b6de2a73332e0a70688bc0685a9053c147a87b2d1efa0b09c9894d5a4553	2026-11-22 13:13:16.052788+00
2	batches	c4401c257b9cdbc53cf65c812a9eb5f9e46251724fcf2466cd293e9eb5fc6f36	2026-11-22 13:13:16.136814+00
3	journal and proof	4a921422e4b1cc24de6f015ea43cbaf69d71257a57ebce5beaaf8c820001d958	2026-11-22 13:13:16.166322+00
4	outbox	907d68da4215754cfd646ef81369af39cb295071efb0d6c86fcca51153bdd0f7	2026-11-22 13:13:16.191675+00
5	inbox	43fa914438697b1a66858f1b1eef4292a6f112229e44048d228dff7a3a2f6867	2026-11-22 13:13:16.20564+00
6	lease	db0326c1d79cece98d15cd11e70d4d2c25c3b715e1b5f192c724647ba6cdb108	2026-11-22 13:13:16.282082+00
7	parked	c7d370c6381fbcb3c61e1b9abb785016660b7ab199d92072fdd5fe10c62e3a16	2026-11-22 13:13:16.285855+00
\.
ALTER TABLE billing.schema_migrations ENABLE TRIGGER ALL;
ALTER TABLE billing.transfers DISABLE TRIGGER ALL;
DELETE FROM billing.transfers;
COPY billing.transfers (id, kind, debit, credit, amount, released, hold_id, order_id, provider, reference, created_at) FROM stdin;
01a20364-0adf-70d1-9cfe-179fc762cf8f	top_up	00000000-0000-8000-8000-000000000004	01a20364-0aa0-703e-ba7b-58b3cf186638	10000000	0	\N	\N	\N	\N	2026-11-22 13:13:37.76647+00
01a20364-12fb-7055-8d59-7950a8de13ff	hold	01a20364-0aa0-703e-ba7b-58b3cf186638	00000000-0000-8000-8000-000000000001	750000	0	\N	01a20364-12f7-72df-bbc5-d66450f48f0c	\N	\N	2026-11-22 13:13:39.841583+00
01a20364-132d-705d-b510-d579b34eab4a	hold	01a20364-0aa0-703e-ba7b-58b3cf186638	00000000-0000-8000-8000-000000000001	750000	0	\N	01a20364-1326-7585-a442-db8db776022e	\N	\N	2026-11-22 13:13:39.889749+00
01a20364-2307-718b-a712-cca21812194f	charge	00000000-0000-8000-8000-000000000002	00000000-0001-8000-b467-a4743a09f699	49600	0	\N	01a20364-12f7-72df-bbc5-d66450f48f0c	5sim	95423407003	2026-11-22 13:13:43.94315+00
01a20364-2307-718a-9748-3126ea38fcbf	post	01a20364-0aa0-703e-ba7b-58b3cf186638	00000000-0000-8000-8000-000000000001	750000	0	01a20364-12fb-7055-8d59-7950a8de13ff	01a20364-12f7-72df-bbc5-d66450f48f0c	\N	\N	2026-11-22 13:13:43.94315+00
01a20364-2354-7198-a296-4ff28542a10e	charge	00000000-0000-8000-8000-000000000002	00000000-0001-8000-b467-a4743a09f699	61800	0	\N	01a20364-1326-7585-a442-db8db776022e	5sim	95423407004	2026-11-22 13:13:44.020911+00
01a20364-2354-7199-960c-44dc1efc7129	refund	00000000-0001-8000-b467-a4743a09f699	00000000-0000-8000-8000-000000000002	61800	0	\N	01a20364-1326-7585-a442-db8db776022e	5sim	95423407004	2026-11-22 13:13:44.020911+00
01a20364-2354-7197-8f72-2e9a5f4c0834	void	01a20364-0aa0-703e-ba7b-58b3cf186638	00000000-0000-8000-8000-000000000001	750000	0	01a20364-132d-705d-b510-d579b34eab4a	01a20364-1326-7585-a442-db8db776022e	\N	\N	2026-11-22 13:13:44.020911+00
01a20364-3b20-73ac-afd4-4fb0e0d9a1fc	hold	01a20364-0aa0-703e-ba7b-58b3cf186638	00000000-0000-8000-8000-000000000001	750000	0	\N	01a20364-3b1d-7147-b9d6-0ede5556628c	\N	\N	2026-11-22 13:13:50.119916+00
01a20364-3b41-7024-8385-c8602a1a3d6e	void	01a20364-0aa0-703e-ba7b-58b3cf186638	00000000-0000-8000-8000-000000000001	750000	0	01a20364-3b20-73ac-afd4-4fb0e0d9a1fc	01a20364-3b1d-7147-b9d6-0ede5556628c	\N	\N	2026-11-22 13:13:50.145533+00
01a20364-431c-7738-8545-72e92eabfe42	hold	01a20364-0aa0-703e-ba7b-58b3cf186638	00000000-0000-8000-8000-000000000001	750000	0	\N	01a20364-4312-7508-82a0-df39acd1b1e7	\N	\N	2026-11-22 13:13:52.166283+00
\.
ALTER TABLE billing.transfers ENABLE TRIGGER ALL;
ALTER TABLE gateway.users DISABLE TRIGGER ALL;
DELETE FROM gateway.users;
COPY gateway.users (id, email_hash, email_sealed, name_sealed, password_hash, role, kind, status, rate_limit_per_minute, created_at) FROM stdin;
00000000-0000-7000-8000-000000000001	\N	\N	Ae9vuRg4FGqT3eWbhrUAEJ3Y3fihItQHB8VCIL4QXKU9WUW7-sTeqcaO5DFbOYFRtbAUkYUScakC5kr8GJI2RXKlx5c	\N	admin	person	active	\N	2026-11-22 13:13:16.833458+00
01a20364-0aa0-703e-ba7b-58b3cf186638	\N	\N	Ae9vuRiiV6PeDJ2GDuURCQGTY_FDudNdbpemdbatIr-8QuUF38J-v4t-QrO9ModhWp8__-H8eHnApk_L	\N	user	person	active	\N	2026-11-22 13:13:37.696984+00
\.
ALTER TABLE gateway.users ENABLE TRIGGER ALL;
ALTER TABLE gateway.api_keys DISABLE TRIGGER ALL;
DELETE FROM gateway.api_keys;
COPY gateway.api_keys (id, user_id, hash, prefix, name, created_at, last_used_at, revoked_at) FROM stdin;
01a20364-0aa1-70f8-9c8e-2990ff444f50	01a20364-0aa0-703e-ba7b-58b3cf186638	\\x2dad621576ba8b91bafc1073448a2539d382d1006d3aa8d7723d4e839d443825	nk_live_Y1ewz	first key	2026-11-22 13:13:37.697071+00	2026-11-22 13:13:39.815855+00	\N
\.
ALTER TABLE gateway.api_keys ENABLE TRIGGER ALL;
ALTER TABLE gateway.audit_log DISABLE TRIGGER ALL;
DELETE FROM gateway.audit_log;
COPY gateway.audit_log (id, at, actor_id, user_id, action, details, trace_id) FROM stdin;
01a20364-0aa2-7493-9426-1808563fc152	2026-11-22 13:13:37.69912+00	00000000-0000-7000-8000-000000000001	01a20364-0aa0-703e-ba7b-58b3cf186638	user.created	{"kind": "person", "role": "user"}	b5ee79570de3374ed984922050db9d1b
01a20364-0aa2-7494-be3c-6bda0404212c	2026-11-22 13:13:37.70002+00	00000000-0000-7000-8000-000000000001	01a20364-0aa0-703e-ba7b-58b3cf186638	api_key.created	{"key_id": "01a20364-0aa1-70f8-9c8e-2990ff444f50", "prefix": "nk_live_Y1ewz"}	b5ee79570de3374ed984922050db9d1b
\.
ALTER TABLE gateway.audit_log ENABLE TRIGGER ALL;
ALTER TABLE gateway.balances DISABLE TRIGGER ALL;
DELETE FROM gateway.balances;
COPY gateway.balances (account_id, available, held, version) FROM stdin;
01a20364-0aa0-703e-ba7b-58b3cf186638	8500000	750000	8
\.
ALTER TABLE gateway.balances ENABLE TRIGGER ALL;
ALTER TABLE gateway.event_counts DISABLE TRIGGER ALL;
DELETE FROM gateway.event_counts;
COPY gateway.event_counts (account_id, last) FROM stdin;
01a20364-0aa0-703e-ba7b-58b3cf186638	15
\.
ALTER TABLE gateway.event_counts ENABLE TRIGGER ALL;
ALTER TABLE gateway.events DISABLE TRIGGER ALL;
DELETE FROM gateway.events;
COPY gateway.events (id, account_id, type, fact, at, arrived_at, number, place) FROM stdin;
01a20364-0ae7-7154-803c-a30c0274714d	01a20364-0aa0-703e-ba7b-58b3cf186638	billing.account.topped_up.v1	{"amount": {"amount": "10.0000", "currency": "USD"}, "balance": {"held": {"amount": "0.0000", "currency": "USD"}, "version": 1, "available": {"amount": "10.0000", "currency": "USD"}, "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638"}, "occurred_at": "2026-11-22T13:13:37.766470Z", "transfer_id": "01a20364-0adf-70d1-9cfe-179fc762cf8f"}	2026-11-22 13:13:37.76647+00	2026-11-22 13:13:37.774571+00	1	1
01a20364-1302-73cc-9ad2-3e312713dc53	01a20364-0aa0-703e-ba7b-58b3cf186638	billing.hold.placed.v1	{"amount": {"amount": "0.7500", "currency": "USD"}, "balance": {"held": {"amount": "0.7500", "currency": "USD"}, "version": 2, "available": {"amount": "9.2500", "currency": "USD"}, "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638"}, "order_id": "01a20364-12f7-72df-bbc5-d66450f48f0c", "occurred_at": "2026-11-22T13:13:39.841583Z", "transfer_id": "01a20364-12fb-7055-8d59-7950a8de13ff"}	2026-11-22 13:13:39.841583+00	2026-11-22 13:13:39.846434+00	2	2
01a20364-130e-75e9-b867-82bc3b9839e1	01a20364-0aa0-703e-ba7b-58b3cf186638	verification.number_assigned.v1	{"price": {"amount": "0.7500", "currency": "USD"}, "steps": [{"at": "2026-11-22T13:13:39.836255Z", "step": "requested", "number": 1, "trace_id": "3c002f455b4a3bc44528a734c9997fdb"}, {"at": "2026-11-22T13:13:39.848740Z", "step": "hold_placed", "number": 2, "trace_id": "3c002f455b4a3bc44528a734c9997fdb"}, {"at": "2026-11-22T13:13:39.848740Z", "step": "purchase_started", "cause": "attempt 1, operator vodafone", "number": 3, "provider": "5sim", "trace_id": "3c002f455b4a3bc44528a734c9997fdb"}, {"at": "2026-11-22T13:13:39.855082Z", "cost": {"amount": "0.0496", "currency": "USD"}, "step": "number_assigned", "cause": "operator vodafone", "number": 4, "provider": "5sim", "trace_id": "3c002f455b4a3bc44528a734c9997fdb"}], "status": "waiting_sms", "country": "england", "service": "telegram", "version": 4, "messages": [], "operator": "vodafone", "provider": "5sim", "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638", "can_cancel": true, "can_report": true, "capability": "sms", "created_at": "2026-11-22T13:13:39.831302Z", "expires_at": "2026-11-22T13:28:39.852415Z", "updated_at": "2026-11-22T13:13:39.855082Z", "phone_sealed": "AYw7RRGkBxYexHnnFZwXOLycWYyFHNLkjO81d4o-gMgzieby5fnQxuPvYXaAvFAG1KanGIoVQleiBg", "verification_id": "01a20364-12f7-72df-bbc5-d66450f48f0c", "can_request_another": false}	2026-11-22 13:13:39.855082+00	2026-11-22 13:13:39.860369+00	3	3
01a20364-1332-737e-9d72-c7deadebce32	01a20364-0aa0-703e-ba7b-58b3cf186638	billing.hold.placed.v1	{"amount": {"amount": "0.7500", "currency": "USD"}, "balance": {"held": {"amount": "1.5000", "currency": "USD"}, "version": 3, "available": {"amount": "8.5000", "currency": "USD"}, "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638"}, "order_id": "01a20364-1326-7585-a442-db8db776022e", "occurred_at": "2026-11-22T13:13:39.889749Z", "transfer_id": "01a20364-132d-705d-b510-d579b34eab4a"}	2026-11-22 13:13:39.889749+00	2026-11-22 13:13:39.894229+00	4	4
01a20364-133b-717e-b739-fc06b11c56bc	01a20364-0aa0-703e-ba7b-58b3cf186638	verification.number_assigned.v1	{"price": {"amount": "0.7500", "currency": "USD"}, "steps": [{"at": "2026-11-22T13:13:39.885923Z", "step": "requested", "number": 1, "trace_id": "e556118ea20be316b2d71bc5415403b7"}, {"at": "2026-11-22T13:13:39.895464Z", "step": "hold_placed", "number": 2, "trace_id": "e556118ea20be316b2d71bc5415403b7"}, {"at": "2026-11-22T13:13:39.895464Z", "step": "purchase_started", "cause": "attempt 1, operator o2", "number": 3, "provider": "5sim", "trace_id": "e556118ea20be316b2d71bc5415403b7"}, {"at": "2026-11-22T13:13:39.900365Z", "cost": {"amount": "0.0618", "currency": "USD"}, "step": "number_assigned", "cause": "operator o2", "number": 4, "provider": "5sim", "trace_id": "e556118ea20be316b2d71bc5415403b7"}], "status": "waiting_sms", "country": "england", "service": "whatsapp", "version": 4, "messages": [], "metadata": {"cart": "7"}, "operator": "o2", "provider": "5sim", "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638", "can_cancel": true, "can_report": true, "capability": "sms", "created_at": "2026-11-22T13:13:39.878007Z", "expires_at": "2026-11-22T13:28:39.897361Z", "updated_at": "2026-11-22T13:13:39.900365Z", "phone_sealed": "AYw7RREWSeNPzXQJPcFA2jA7qgoay8aFZleAni6QruTszip_5sOQNO3W7DLYSYD4vh0nKYQaVuD2Mg", "verification_id": "01a20364-1326-7585-a442-db8db776022e", "can_request_another": false}	2026-11-22 13:13:39.900365+00	2026-11-22 13:13:39.903562+00	5	5
01a20364-22f7-73c3-aaff-8e88322fd5df	01a20364-0aa0-703e-ba7b-58b3cf186638	verification.completed.v1	{"price": {"amount": "0.7500", "currency": "USD"}, "steps": [{"at": "2026-11-22T13:13:43.926304Z", "step": "code_received", "number": 5, "provider": "5sim", "trace_id": "3c002f455b4a3bc44528a734c9997fdb"}], "status": "completed", "country": "england", "service": "telegram", "version": 5, "messages": [{"id": "01a20364-22f4-7710-8350-f9d19cac71e2", "sealed": "AbSeDw01q6kJtQ2eQrGSqOZ1oB41c7FQcVd0lgen562M-UZMsFDbWe7A7MuEqPh5eaxLeHoSbqdhv4RDm0OelKX0jb826zC3kQo4xIuuiI72Ibphs5rliR5jQuDfsyJxXTnH312dWdLZTfGaOr7AX7ck4TP-iSJn31Ata5qvUYNU95WuhMXB6n4a1vm-aBii4fR7LZQYKrmhbDJWgk8Bql1oe-hNvJvCy6CwqGNuKhnFOE9Glw", "has_code": true, "received_at": "2026-11-22T13:13:43.721026Z"}], "operator": "vodafone", "provider": "5sim", "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638", "can_cancel": false, "can_report": false, "capability": "sms", "created_at": "2026-11-22T13:13:39.831302Z", "expires_at": "2026-11-22T13:28:39.852415Z", "updated_at": "2026-11-22T13:13:43.926304Z", "phone_sealed": "AYw7RRGkBxYexHnnFZwXOLycWYyFHNLkjO81d4o-gMgzieby5fnQxuPvYXaAvFAG1KanGIoVQleiBg", "verification_id": "01a20364-12f7-72df-bbc5-d66450f48f0c", "can_request_another": true}	2026-11-22 13:13:43.926304+00	2026-11-22 13:13:43.946268+00	6	6
01a20364-230a-7080-8137-418a89fa6de7	01a20364-0aa0-703e-ba7b-58b3cf186638	billing.hold.posted.v1	{"amount": {"amount": "0.7500", "currency": "USD"}, "balance": {"held": {"amount": "0.7500", "currency": "USD"}, "version": 4, "available": {"amount": "8.5000", "currency": "USD"}, "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638"}, "order_id": "01a20364-12f7-72df-bbc5-d66450f48f0c", "occurred_at": "2026-11-22T13:13:43.943150Z", "transfer_id": "01a20364-12fb-7055-8d59-7950a8de13ff"}	2026-11-22 13:13:43.94315+00	2026-11-22 13:13:43.961298+00	7	7
01a20364-2338-72ea-9ec7-bbc81a576392	01a20364-0aa0-703e-ba7b-58b3cf186638	verification.cancelling.v1	{"price": {"amount": "0.7500", "currency": "USD"}, "steps": [{"at": "2026-11-22T13:13:43.993125Z", "step": "cancel_requested", "number": 5, "provider": "5sim", "trace_id": "e556118ea20be316b2d71bc5415403b7"}], "status": "waiting_sms", "country": "england", "service": "whatsapp", "version": 5, "messages": [], "metadata": {"cart": "7"}, "operator": "o2", "provider": "5sim", "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638", "can_cancel": false, "can_report": false, "capability": "sms", "created_at": "2026-11-22T13:13:39.878007Z", "expires_at": "2026-11-22T13:28:39.897361Z", "updated_at": "2026-11-22T13:13:43.993125Z", "phone_sealed": "AYw7RREWSeNPzXQJPcFA2jA7qgoay8aFZleAni6QruTszip_5sOQNO3W7DLYSYD4vh0nKYQaVuD2Mg", "verification_id": "01a20364-1326-7585-a442-db8db776022e", "can_request_another": false}	2026-11-22 13:13:43.993125+00	2026-11-22 13:13:44.019032+00	8	8
01a20364-2356-7108-9911-3e5e1fe3e2c8	01a20364-0aa0-703e-ba7b-58b3cf186638	billing.hold.voided.v1	{"amount": {"amount": "0.7500", "currency": "USD"}, "balance": {"held": {"amount": "0.0000", "currency": "USD"}, "version": 5, "available": {"amount": "9.2500", "currency": "USD"}, "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638"}, "order_id": "01a20364-1326-7585-a442-db8db776022e", "occurred_at": "2026-11-22T13:13:44.020911Z", "transfer_id": "01a20364-132d-705d-b510-d579b34eab4a"}	2026-11-22 13:13:44.020911+00	2026-11-22 13:13:44.050059+00	10	10
01a20364-2344-73b1-b269-e38abcd1eb06	01a20364-0aa0-703e-ba7b-58b3cf186638	verification.cancelled.v1	{"price": {"amount": "0.7500", "currency": "USD"}, "steps": [{"at": "2026-11-22T13:13:44.004551Z", "step": "cancelled", "cause": "the provider gave the money back", "number": 6, "provider": "5sim", "trace_id": "e556118ea20be316b2d71bc5415403b7"}], "status": "cancelled", "country": "england", "service": "whatsapp", "version": 6, "messages": [], "metadata": {"cart": "7"}, "operator": "o2", "provider": "5sim", "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638", "can_cancel": false, "can_report": false, "capability": "sms", "created_at": "2026-11-22T13:13:39.878007Z", "expires_at": "2026-11-22T13:28:39.897361Z", "updated_at": "2026-11-22T13:13:44.004551Z", "phone_sealed": "AYw7RREWSeNPzXQJPcFA2jA7qgoay8aFZleAni6QruTszip_5sOQNO3W7DLYSYD4vh0nKYQaVuD2Mg", "verification_id": "01a20364-1326-7585-a442-db8db776022e", "can_request_another": false}	2026-11-22 13:13:44.004551+00	2026-11-22 13:13:44.042514+00	9	9
01a20364-3682-73b4-b27b-9cb061479674	01a20364-0aa0-703e-ba7b-58b3cf186638	verification.finished.v1	{"price": {"amount": "0.7500", "currency": "USD"}, "steps": [{"at": "2026-11-22T13:13:48.930349Z", "step": "finished", "number": 6, "provider": "5sim", "trace_id": "3c002f455b4a3bc44528a734c9997fdb"}], "status": "completed", "country": "england", "service": "telegram", "version": 6, "messages": [], "operator": "vodafone", "provider": "5sim", "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638", "can_cancel": false, "can_report": false, "capability": "sms", "created_at": "2026-11-22T13:13:39.831302Z", "expires_at": "2026-11-22T13:28:39.852415Z", "updated_at": "2026-11-22T13:13:48.930349Z", "phone_sealed": "AYw7RRGkBxYexHnnFZwXOLycWYyFHNLkjO81d4o-gMgzieby5fnQxuPvYXaAvFAG1KanGIoVQleiBg", "verification_id": "01a20364-12f7-72df-bbc5-d66450f48f0c", "can_request_another": false}	2026-11-22 13:13:48.930349+00	2026-11-22 13:13:48.9347+00	11	11
01a20364-3b28-763c-bc54-642316a11039	01a20364-0aa0-703e-ba7b-58b3cf186638	billing.hold.placed.v1	{"amount": {"amount": "0.7500", "currency": "USD"}, "balance": {"held": {"amount": "0.7500", "currency": "USD"}, "version": 6, "available": {"amount": "8.5000", "currency": "USD"}, "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638"}, "order_id": "01a20364-3b1d-7147-b9d6-0ede5556628c", "occurred_at": "2026-11-22T13:13:50.119916Z", "transfer_id": "01a20364-3b20-73ac-afd4-4fb0e0d9a1fc"}	2026-11-22 13:13:50.119916+00	2026-11-22 13:13:50.126551+00	12	12
01a20364-3b38-71ed-8dd5-f2dc564419d5	01a20364-0aa0-703e-ba7b-58b3cf186638	verification.failed.v1	{"price": {"amount": "0.7500", "currency": "USD"}, "steps": [{"at": "2026-11-22T13:13:50.113385Z", "step": "requested", "number": 1, "trace_id": "7d994b95dce8172cf6e2f775637f1a41"}, {"at": "2026-11-22T13:13:50.126161Z", "step": "hold_placed", "number": 2, "trace_id": "7d994b95dce8172cf6e2f775637f1a41"}, {"at": "2026-11-22T13:13:50.126161Z", "step": "purchase_started", "cause": "attempt 1, operator three", "number": 3, "provider": "5sim", "trace_id": "7d994b95dce8172cf6e2f775637f1a41"}, {"at": "2026-11-22T13:13:50.136091Z", "step": "purchase_refused", "cause": "outOfStock", "number": 4, "trace_id": "7d994b95dce8172cf6e2f775637f1a41"}, {"at": "2026-11-22T13:13:50.136091Z", "step": "failed", "cause": "NUMBER_UNAVAILABLE", "number": 5, "trace_id": "7d994b95dce8172cf6e2f775637f1a41"}], "status": "failed", "country": "england", "service": "snapchat", "version": 4, "messages": [], "operator": "three", "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638", "can_cancel": false, "can_report": false, "capability": "sms", "created_at": "2026-11-22T13:13:50.109237Z", "error_code": "NUMBER_UNAVAILABLE", "updated_at": "2026-11-22T13:13:50.136091Z", "error_message": "Every number for snapchat in england is taken. Try again, or another country.", "verification_id": "01a20364-3b1d-7147-b9d6-0ede5556628c", "can_request_another": false}	2026-11-22 13:13:50.136091+00	2026-11-22 13:13:50.143851+00	13	13
01a20364-3b42-76d7-97aa-717a3d0a4bcb	01a20364-0aa0-703e-ba7b-58b3cf186638	billing.hold.voided.v1	{"amount": {"amount": "0.7500", "currency": "USD"}, "balance": {"held": {"amount": "0.0000", "currency": "USD"}, "version": 7, "available": {"amount": "9.2500", "currency": "USD"}, "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638"}, "order_id": "01a20364-3b1d-7147-b9d6-0ede5556628c", "occurred_at": "2026-11-22T13:13:50.145533Z", "transfer_id": "01a20364-3b20-73ac-afd4-4fb0e0d9a1fc"}	2026-11-22 13:13:50.145533+00	2026-11-22 13:13:50.152774+00	14	14
01a20364-4326-755a-91b7-4e0758c8235b	01a20364-0aa0-703e-ba7b-58b3cf186638	billing.hold.placed.v1	{"amount": {"amount": "0.7500", "currency": "USD"}, "balance": {"held": {"amount": "0.7500", "currency": "USD"}, "version": 8, "available": {"amount": "8.5000", "currency": "USD"}, "account_id": "01a20364-0aa0-703e-ba7b-58b3cf186638"}, "order_id": "01a20364-4312-7508-82a0-df39acd1b1e7", "occurred_at": "2026-11-22T13:13:52.166283Z", "transfer_id": "01a20364-431c-7738-8545-72e92eabfe42"}	2026-11-22 13:13:52.166283+00	2026-11-22 13:13:52.180785+00	15	15
\.
ALTER TABLE gateway.events ENABLE TRIGGER ALL;
ALTER TABLE gateway.idempotency DISABLE TRIGGER ALL;
DELETE FROM gateway.idempotency;
COPY gateway.idempotency (account_id, key, request_hash, resource, status, location, body, created_at) FROM stdin;
01a20364-0aa0-703e-ba7b-58b3cf186638	once	\\xd9c1a32e68cf7393accc46f01646c5fa851f6ba7486ccfde6708aff6b509fb73	01a20364-623c-713a-b841-9a061bf09eb7	202	/verify/01a20364-623c-713a-b841-9a061bf09eb7	\\x7b22766572696669636174696f6e5f6964223a2230316132303336342d363233632d373133612d623834312d396130363162663039656237222c22737461747573223a2270656e64696e67222c2270686f6e655f6e756d626572223a6e756c6c2c2273657276696365223a2274656c656772616d222c22636f756e747279223a22656e676c616e64222c226361706162696c697479223a22736d73222c226f70657261746f72223a6e756c6c2c2270726f7669646572223a6e756c6c2c227072696365223a7b22616d6f756e74223a22302e37353030222c2263757272656e6379223a22555344227d2c22657870697265735f6174223a6e756c6c2c2263616e63656c5f6166746572223a6e756c6c2c2263616e5f63616e63656c223a747275652c2263616e5f7265706f7274223a66616c73652c2263616e5f726571756573745f616e6f74686572223a66616c73652c22726571756573745f6964223a6e756c6c2c226572726f725f636f6465223a6e756c6c2c226572726f725f6d657373616765223a6e756c6c2c226d65746164617461223a6e756c6c2c22637265617465645f6174223a22323032362d31312d32325431333a31343a30302e3132343535375a222c22757064617465645f6174223a22323032362d31312d32325431333a31343a30302e3132343535375a227d	2026-11-22 13:14:00.124934+00
\.
ALTER TABLE gateway.idempotency ENABLE TRIGGER ALL;
ALTER TABLE gateway.messages DISABLE TRIGGER ALL;
DELETE FROM gateway.messages;
COPY gateway.messages (id, verification_id, sealed, has_code, received_at) FROM stdin;
01a20364-22f4-7710-8350-f9d19cac71e2	01a20364-12f7-72df-bbc5-d66450f48f0c	AbSeDw01q6kJtQ2eQrGSqOZ1oB41c7FQcVd0lgen562M-UZMsFDbWe7A7MuEqPh5eaxLeHoSbqdhv4RDm0OelKX0jb826zC3kQo4xIuuiI72Ibphs5rliR5jQuDfsyJxXTnH312dWdLZTfGaOr7AX7ck4TP-iSJn31Ata5qvUYNU95WuhMXB6n4a1vm-aBii4fR7LZQYKrmhbDJWgk8Bql1oe-hNvJvCy6CwqGNuKhnFOE9Glw	t	2026-11-22 13:13:43.721026+00
\.
ALTER TABLE gateway.messages ENABLE TRIGGER ALL;
ALTER TABLE gateway.movements DISABLE TRIGGER ALL;
DELETE FROM gateway.movements;
COPY gateway.movements (id, kind, account_id, verification_id, amount, reference, available, held, at, number) FROM stdin;
01a20364-0adf-70d1-9cfe-179fc762cf8f	top_up	01a20364-0aa0-703e-ba7b-58b3cf186638	\N	10000000	\N	10000000	0	2026-11-22 13:13:37.76647+00	1
01a20364-12fb-7055-8d59-7950a8de13ff	hold	01a20364-0aa0-703e-ba7b-58b3cf186638	01a20364-12f7-72df-bbc5-d66450f48f0c	750000	\N	9250000	750000	2026-11-22 13:13:39.841583+00	2
01a20364-132d-705d-b510-d579b34eab4a	hold	01a20364-0aa0-703e-ba7b-58b3cf186638	01a20364-1326-7585-a442-db8db776022e	750000	\N	8500000	1500000	2026-11-22 13:13:39.889749+00	3
01a20364-12fb-7055-8d59-7950a8de13ff	capture	01a20364-0aa0-703e-ba7b-58b3cf186638	01a20364-12f7-72df-bbc5-d66450f48f0c	750000	\N	8500000	750000	2026-11-22 13:13:43.94315+00	4
01a20364-132d-705d-b510-d579b34eab4a	release	01a20364-0aa0-703e-ba7b-58b3cf186638	01a20364-1326-7585-a442-db8db776022e	750000	\N	9250000	0	2026-11-22 13:13:44.020911+00	5
01a20364-3b20-73ac-afd4-4fb0e0d9a1fc	hold	01a20364-0aa0-703e-ba7b-58b3cf186638	01a20364-3b1d-7147-b9d6-0ede5556628c	750000	\N	8500000	750000	2026-11-22 13:13:50.119916+00	6
01a20364-3b20-73ac-afd4-4fb0e0d9a1fc	release	01a20364-0aa0-703e-ba7b-58b3cf186638	01a20364-3b1d-7147-b9d6-0ede5556628c	750000	\N	9250000	0	2026-11-22 13:13:50.145533+00	7
01a20364-431c-7738-8545-72e92eabfe42	hold	01a20364-0aa0-703e-ba7b-58b3cf186638	01a20364-4312-7508-82a0-df39acd1b1e7	750000	\N	8500000	750000	2026-11-22 13:13:52.166283+00	8
\.
ALTER TABLE gateway.movements ENABLE TRIGGER ALL;
ALTER TABLE gateway.offers DISABLE TRIGGER ALL;
DELETE FROM gateway.offers;
COPY gateway.offers (country, service, tier, price, voice_premium, count, success_rate, operators, fetched_at) FROM stdin;
england	snapchat	high_demand	750000	300000	21958	0.8542004371982878	[{"name": "lebara", "count": 1529, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "lycamobile", "count": 3341, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "o2", "count": 4619, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "orange", "count": 236, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "tesco", "count": 637, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "three", "count": 4881, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "virtual55", "count": 2788, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "vodafone", "count": 3927, "price": {"amount": "0.7500", "currency": "USD"}}]	2026-11-22 13:13:18.008223+00
england	telegram	high_demand	750000	300000	12528	0.9419154214559389	[{"name": "ee", "count": 2945, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "lebara", "count": 153, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "lycamobile", "count": 231, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "tesco", "count": 0, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "three", "count": 7764, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "virtual55", "count": 1112, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "vodafone", "count": 323, "price": {"amount": "0.7500", "currency": "USD"}}]	2026-11-22 13:13:18.008223+00
england	whatsapp	high_demand	750000	300000	15174	0.9370056082773165	[{"name": "ee", "count": 2263, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "o2", "count": 1848, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "orange", "count": 580, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "tesco", "count": 339, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "three", "count": 467, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "virtual55", "count": 456, "price": {"amount": "0.7500", "currency": "USD"}}, {"name": "vodafone", "count": 9221, "price": {"amount": "0.7500", "currency": "USD"}}]	2026-11-22 13:13:18.008223+00
\.
ALTER TABLE gateway.offers ENABLE TRIGGER ALL;
ALTER TABLE gateway.outbox DISABLE TRIGGER ALL;
DELETE FROM gateway.outbox;
COPY gateway.outbox (id, lane, msg_id, exchange, rkey, type, headers, body, created_at) FROM stdin;
8	7	01a20364-623d-7057-a446-dc0189a261d8	namaskah.commands	verification.request.v1	verification.request.v1	{"nk-tenant": "01a20364-0aa0-703e-ba7b-58b3cf186638", "traceparent": "00-75f4b018d3a775c8b47efeb988ab6d13-80019bc9b9d18a7f-01", "nk-aggregate": "01a20364-623c-713a-b841-9a061bf09eb7", "correlation-id": "01a20364-623c-713a-b841-9a061bf09eb7"}	\\x7b22766572696669636174696f6e5f6964223a2230316132303336342d363233632d373133612d623834312d396130363162663039656237222c226163636f756e745f6964223a2230316132303336342d306161302d373033652d626137622d353862336366313836363338222c2273657276696365223a2274656c656772616d222c22636f756e747279223a22656e676c616e64222c226361706162696c697479223a22736d73222c227072696365223a7b22616d6f756e74223a22302e37353030222c2263757272656e6379223a22555344227d2c227265717565737465645f6174223a22323032362d31312d32325431333a31343a30302e3132343535375a227d	2026-11-22 13:14:00.126369+00
\.
ALTER TABLE gateway.outbox ENABLE TRIGGER ALL;
ALTER TABLE gateway.providers DISABLE TRIGGER ALL;
DELETE FROM gateway.providers;
COPY gateway.providers (name, status, checked_at) FROM stdin;
5sim	{"frozen": {"amount": "0.0496", "currency": "USD"}, "rating": 95.9, "balance": {"amount": "9999.9504", "currency": "USD"}, "breaker": "closed", "provider": "5sim", "checked_at": "2026-11-22T13:13:47.737073Z"}	2026-11-22 13:13:47.737073+00
\.
ALTER TABLE gateway.providers ENABLE TRIGGER ALL;
ALTER TABLE gateway.schema_migrations DISABLE TRIGGER ALL;
DELETE FROM gateway.schema_migrations;
COPY gateway.schema_migrations (number, name, checksum, applied_at) FROM stdin;
1	outbox	907d68da4215754cfd646ef81369af39cb295071efb0d6c86fcca51153bdd0f7	2026-11-22 13:13:16.630038+00
2	inbox	43fa914438697b1a66858f1b1eef4292a6f112229e44048d228dff7a3a2f6867	2026-11-22 13:13:16.682371+00
3	lease	db0326c1d79cece98d15cd11e70d4d2c25c3b715e1b5f192c724647ba6cdb108	2026-11-22 13:13:16.716566+00
4	parked	c7d370c6381fbcb3c61e1b9abb785016660b7ab199d92072fdd5fe10c62e3a16	2026-11-22 13:13:16.721538+00
5	verifications	3410fc8347ab0d0bcc3f132ea61cbf1426a80126e65217c3aca6bb2f7284f190	2026-11-22 13:13:16.726144+00
6	money	a43d774378d1ece1587399741cb9d8e6f5844920479c011f6bd20e8f29c8d731	2026-11-22 13:13:16.741104+00
7	catalogue	4c3386843f9ab1781084e7c28ede11b801cb1bfe6bb8bcf7a2d8c6e44af0aec3	2026-11-22 13:13:16.766867+00
8	events	d861e19f9d710b8d1c983fac906ea404cbe4268ac3e50f065b9779cfdb58144a	2026-11-22 13:13:16.784419+00
9	idempotency	a9f3a66ab80c28d620b0f336fdff3492327648869f67c59a6df0f7791759ccf3	2026-11-22 13:13:16.792598+00
10	accounts	8c41976187e7eab7cdd9accf23bb22ea80c006181a39df8a5ccffde9aa7fdd9d	2026-11-22 13:13:16.801181+00
11	event places	ab44095ca96a1abab2aad36d50013ea7754ba3351d5feff4b1675b0d5a95f57f	2026-11-22 13:13:16.817449+00
12	inquiries	3de4d92eb2b6c4eef4eb86a13a176ba29ae4604f491f4c3ce88d991816399905	2026-11-22 13:13:16.821674+00
\.
ALTER TABLE gateway.schema_migrations ENABLE TRIGGER ALL;
ALTER TABLE gateway.steps DISABLE TRIGGER ALL;
DELETE FROM gateway.steps;
COPY gateway.steps (verification_id, number, at, step, cause, provider, cost, trace_id) FROM stdin;
01a20364-12f7-72df-bbc5-d66450f48f0c	1	2026-11-22 13:13:39.836255+00	requested	\N	\N	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-12f7-72df-bbc5-d66450f48f0c	2	2026-11-22 13:13:39.84874+00	hold_placed	\N	\N	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-12f7-72df-bbc5-d66450f48f0c	3	2026-11-22 13:13:39.84874+00	purchase_started	attempt 1, operator vodafone	5sim	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-12f7-72df-bbc5-d66450f48f0c	4	2026-11-22 13:13:39.855082+00	number_assigned	operator vodafone	5sim	49600	3c002f455b4a3bc44528a734c9997fdb
01a20364-1326-7585-a442-db8db776022e	1	2026-11-22 13:13:39.885923+00	requested	\N	\N	\N	e556118ea20be316b2d71bc5415403b7
01a20364-1326-7585-a442-db8db776022e	2	2026-11-22 13:13:39.895464+00	hold_placed	\N	\N	\N	e556118ea20be316b2d71bc5415403b7
01a20364-1326-7585-a442-db8db776022e	3	2026-11-22 13:13:39.895464+00	purchase_started	attempt 1, operator o2	5sim	\N	e556118ea20be316b2d71bc5415403b7
01a20364-1326-7585-a442-db8db776022e	4	2026-11-22 13:13:39.900365+00	number_assigned	operator o2	5sim	61800	e556118ea20be316b2d71bc5415403b7
01a20364-12f7-72df-bbc5-d66450f48f0c	5	2026-11-22 13:13:43.926304+00	code_received	\N	5sim	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-1326-7585-a442-db8db776022e	5	2026-11-22 13:13:43.993125+00	cancel_requested	\N	5sim	\N	e556118ea20be316b2d71bc5415403b7
01a20364-1326-7585-a442-db8db776022e	6	2026-11-22 13:13:44.004551+00	cancelled	the provider gave the money back	5sim	\N	e556118ea20be316b2d71bc5415403b7
01a20364-12f7-72df-bbc5-d66450f48f0c	6	2026-11-22 13:13:48.930349+00	finished	\N	5sim	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-3b1d-7147-b9d6-0ede5556628c	1	2026-11-22 13:13:50.113385+00	requested	\N	\N	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-3b1d-7147-b9d6-0ede5556628c	2	2026-11-22 13:13:50.126161+00	hold_placed	\N	\N	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-3b1d-7147-b9d6-0ede5556628c	3	2026-11-22 13:13:50.126161+00	purchase_started	attempt 1, operator three	5sim	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-3b1d-7147-b9d6-0ede5556628c	4	2026-11-22 13:13:50.136091+00	purchase_refused	outOfStock	\N	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-3b1d-7147-b9d6-0ede5556628c	5	2026-11-22 13:13:50.136091+00	failed	NUMBER_UNAVAILABLE	\N	\N	7d994b95dce8172cf6e2f775637f1a41
\.
ALTER TABLE gateway.steps ENABLE TRIGGER ALL;
ALTER TABLE gateway.top_ups DISABLE TRIGGER ALL;
DELETE FROM gateway.top_ups;
COPY gateway.top_ups (id, account_id, amount, reference, ask_at, asks) FROM stdin;
01a20364-0adf-70d1-9cfe-179fc762cf8f	01a20364-0aa0-703e-ba7b-58b3cf186638	10000000	\N	2026-11-22 13:14:07.759698+00	0
\.
ALTER TABLE gateway.top_ups ENABLE TRIGGER ALL;
ALTER TABLE gateway.verifications DISABLE TRIGGER ALL;
DELETE FROM gateway.verifications;
COPY gateway.verifications (id, account_id, version, status, service, country, capability, operator, provider, request_id, price, phone_sealed, expires_at, cancel_after, can_cancel, can_report, can_request_another, error_code, error_message, metadata, created_at, updated_at, area_code, pinned_provider, ask_at, asks, wish, wish_id) FROM stdin;
01a20364-1326-7585-a442-db8db776022e	01a20364-0aa0-703e-ba7b-58b3cf186638	6	cancelled	whatsapp	england	sms	o2	5sim	\N	750000	AYw7RREWSeNPzXQJPcFA2jA7qgoay8aFZleAni6QruTszip_5sOQNO3W7DLYSYD4vh0nKYQaVuD2Mg	2026-11-22 13:28:39.897361+00	\N	f	f	f	\N	\N	{"cart": "7"}	2026-11-22 13:13:39.878007+00	2026-11-22 13:13:44.004551+00	\N	\N	2026-11-22 13:14:09.879678+00	0	verification.cancel.v1	01a20364-232e-76e1-b5fd-0e2416ac56d3
01a20364-12f7-72df-bbc5-d66450f48f0c	01a20364-0aa0-703e-ba7b-58b3cf186638	6	completed	telegram	england	sms	vodafone	5sim	\N	750000	AYw7RRGkBxYexHnnFZwXOLycWYyFHNLkjO81d4o-gMgzieby5fnQxuPvYXaAvFAG1KanGIoVQleiBg	2026-11-22 13:28:39.852415+00	\N	f	f	f	\N	\N	\N	2026-11-22 13:13:39.831302+00	2026-11-22 13:13:48.930349+00	\N	\N	2026-11-22 13:14:09.831814+00	0	\N	\N
01a20364-3b1d-7147-b9d6-0ede5556628c	01a20364-0aa0-703e-ba7b-58b3cf186638	4	failed	snapchat	england	sms	three	\N	\N	750000	\N	\N	\N	f	f	f	NUMBER_UNAVAILABLE	Every number for snapchat in england is taken. Try again, or another country.	\N	2026-11-22 13:13:50.109237+00	2026-11-22 13:13:50.136091+00	\N	\N	2026-11-22 13:14:20.109729+00	0	\N	\N
01a20364-4312-7508-82a0-df39acd1b1e7	01a20364-0aa0-703e-ba7b-58b3cf186638	0	pending	telegram	england	sms	\N	\N	\N	750000	\N	\N	\N	t	f	f	\N	\N	\N	2026-11-22 13:13:52.146051+00	2026-11-22 13:13:52.146051+00	\N	\N	2026-11-22 13:14:22.146987+00	0	\N	\N
01a20364-623c-713a-b841-9a061bf09eb7	01a20364-0aa0-703e-ba7b-58b3cf186638	0	pending	telegram	england	sms	\N	\N	\N	750000	\N	\N	\N	t	f	f	\N	\N	\N	2026-11-22 13:14:00.124557+00	2026-11-22 13:14:00.124557+00	\N	\N	2026-11-22 13:14:30.124934+00	0	\N	\N
\.
ALTER TABLE gateway.verifications ENABLE TRIGGER ALL;
ALTER TABLE verification.budgets DISABLE TRIGGER ALL;
DELETE FROM verification.budgets;
COPY verification.budgets (name, tokens, granted, at) FROM stdin;
5sim	249	1	2026-11-22 13:13:52.187737+00
\.
ALTER TABLE verification.budgets ENABLE TRIGGER ALL;
ALTER TABLE verification.inbox_11 DISABLE TRIGGER ALL;
DELETE FROM verification.inbox_11;
COPY verification.inbox_11 (slot, consumer, msg_id, at) FROM stdin;
11	verification.commands	01a20363-b91e-7451-8bb3-9d895710ffe0	2026-11-22 13:13:17.910644+00
11	verification.commands	01a20364-12f7-72e0-aabe-1b4582cac57a	2026-11-22 13:13:39.835956+00
11	verification.events	01a20364-1302-73cc-9ad2-3e312713dc53	2026-11-22 13:13:39.846135+00
11	verification.commands	01a20364-1326-7586-a0d2-9a6f146a0930	2026-11-22 13:13:39.885559+00
11	verification.events	01a20364-1332-737e-9d72-c7deadebce32	2026-11-22 13:13:39.893721+00
11	verification.events	01a20364-230a-7080-8137-418a89fa6de7	2026-11-22 13:13:43.960845+00
11	verification.commands	01a20364-232e-76e1-b5fd-0e2416ac56d3	2026-11-22 13:13:43.988515+00
11	verification.events	01a20364-2356-7108-9911-3e5e1fe3e2c8	2026-11-22 13:13:44.032068+00
11	verification.commands	01a20364-3b1d-7148-b2b1-6b1a50076774	2026-11-22 13:13:50.113436+00
11	verification.events	01a20364-3b28-763c-bc54-642316a11039	2026-11-22 13:13:50.124827+00
11	verification.events	01a20364-3b42-76d7-97aa-717a3d0a4bcb	2026-11-22 13:13:50.155025+00
11	verification.commands	01a20364-4312-7509-b966-9e87e9bcf165	2026-11-22 13:13:52.156917+00
11	verification.events	01a20364-4326-755a-91b7-4e0758c8235b	2026-11-22 13:13:52.179467+00
\.
ALTER TABLE verification.inbox_11 ENABLE TRIGGER ALL;
ALTER TABLE verification.orders DISABLE TRIGGER ALL;
DELETE FROM verification.orders;
COPY verification.orders (id, account_id, origin, request_id, service, country, capability, operator, area_code, pinned_provider, price, metadata, created_at, traceparent, state, version, updated_at, hold_id, hold_state, attempts, has_open_intent, retry_at, cancel_mode, provider, reference, assigned_operator, cost, phone_sealed, assigned_at, expires_at, cancel_after, received_at, keeps_open, message_count, step_count, told_step_count, error_code, error_message, shard, hold_asks, accepted_at) FROM stdin;
01a20364-1326-7585-a442-db8db776022e	01a20364-0aa0-703e-ba7b-58b3cf186638	http	\N	whatsapp	england	sms	\N	\N	\N	750000	{"cart": "7"}	2026-11-22 13:13:39.878007+00	00-e556118ea20be316b2d71bc5415403b7-674de45a5e41a2e5-01	cancelled	6	2026-11-22 13:13:44.004551+00	01a20364-132d-705d-b510-d579b34eab4a	voided	1	f	\N	cancel	5sim	95423407004	o2	61800	AYw7RREWSeNPzXQJPcFA2jA7qgoay8aFZleAni6QruTszip_5sOQNO3W7DLYSYD4vh0nKYQaVuD2Mg	2026-11-22 13:13:39.900365+00	2026-11-22 13:28:39.897361+00	\N	\N	f	0	6	6	\N	\N	558	0	2026-11-22 13:13:39.885923+00
01a20364-12f7-72df-bbc5-d66450f48f0c	01a20364-0aa0-703e-ba7b-58b3cf186638	http	\N	telegram	england	sms	\N	\N	\N	750000	\N	2026-11-22 13:13:39.831302+00	00-3c002f455b4a3bc44528a734c9997fdb-62d4faf231957403-01	completed	6	2026-11-22 13:13:48.930349+00	01a20364-12fb-7055-8d59-7950a8de13ff	posted	1	f	\N	\N	5sim	95423407003	vodafone	49600	AYw7RRGkBxYexHnnFZwXOLycWYyFHNLkjO81d4o-gMgzieby5fnQxuPvYXaAvFAG1KanGIoVQleiBg	2026-11-22 13:13:39.855082+00	2026-11-22 13:28:39.852415+00	\N	2026-11-22 13:13:43.926304+00	f	1	6	6	\N	\N	780	0	2026-11-22 13:13:39.836255+00
01a20364-3b1d-7147-b9d6-0ede5556628c	01a20364-0aa0-703e-ba7b-58b3cf186638	http	\N	snapchat	england	sms	three	\N	\N	750000	\N	2026-11-22 13:13:50.109237+00	00-7d994b95dce8172cf6e2f775637f1a41-91be70241d176d1f-01	failed	4	2026-11-22 13:13:50.136091+00	01a20364-3b20-73ac-afd4-4fb0e0d9a1fc	voided	1	f	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	f	0	5	5	NUMBER_UNAVAILABLE	Every number for snapchat in england is taken. Try again, or another country.	652	0	2026-11-22 13:13:50.113385+00
01a20364-4312-7508-82a0-df39acd1b1e7	01a20364-0aa0-703e-ba7b-58b3cf186638	http	\N	telegram	england	sms	\N	\N	\N	750000	\N	2026-11-22 13:13:52.146051+00	00-a2f92d1df9b14bb1e428148fab07b945-e72ca0a2eeb33333-01	purchasing	3	2026-11-22 13:13:52.181566+00	01a20364-431c-7738-8545-72e92eabfe42	placed	1	t	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	f	0	3	0	\N	\N	487	0	2026-11-22 13:13:52.156769+00
\.
ALTER TABLE verification.orders ENABLE TRIGGER ALL;
ALTER TABLE verification.intents DISABLE TRIGGER ALL;
DELETE FROM verification.intents;
COPY verification.intents (order_id, attempt, provider, operator, service, country, ceiling, candidates, state, worker, sent_at, deadline, misses, last_miss_at) FROM stdin;
01a20364-12f7-72df-bbc5-d66450f48f0c	1	5sim	vodafone	telegram	england	375000	[{"cost": "0.0496", "rate": 0.9004000000000001, "count": 323, "operator": "vodafone", "provider": "5sim"}, {"cost": "0.0559", "rate": 0.8931999999999999, "count": 2945, "operator": "ee", "provider": "5sim"}, {"cost": "0.0618", "rate": 0.8767, "count": 1112, "operator": "virtual55", "provider": "5sim"}, {"cost": "0.0816", "rate": 0.9731000000000001, "count": 7764, "operator": "three", "provider": "5sim"}, {"cost": "0.0959", "rate": 0.9675, "count": 153, "operator": "lebara", "provider": "5sim"}, {"cost": "0.0997", "rate": 0.8698999999999999, "count": 231, "operator": "lycamobile", "provider": "5sim"}]	bought	01a20363-ba7e-769c-9a84-9b40b181c638	2026-11-22 13:13:39.849984+00	2026-11-22 13:14:09.849984+00	0	\N
01a20364-1326-7585-a442-db8db776022e	1	5sim	o2	whatsapp	england	375000	[{"cost": "0.0618", "rate": 0.9998999999999999, "count": 1848, "operator": "o2", "provider": "5sim"}, {"cost": "0.0760", "rate": 0.7718, "count": 456, "operator": "virtual55", "provider": "5sim"}, {"cost": "0.1007", "rate": 0.9538, "count": 9221, "operator": "vodafone", "provider": "5sim"}, {"cost": "0.1010", "rate": 0.8471, "count": 467, "operator": "three", "provider": "5sim"}, {"cost": "0.0869", "rate": 0.648, "count": 580, "operator": "orange", "provider": "5sim"}, {"cost": "0.1153", "rate": 0.9754999999999999, "count": 2263, "operator": "ee", "provider": "5sim"}, {"cost": "0.1183", "rate": 0.7209, "count": 339, "operator": "tesco", "provider": "5sim"}]	bought	01a20363-ba7e-769c-9a84-9b40b181c638	2026-11-22 13:13:39.895505+00	2026-11-22 13:14:09.895505+00	0	\N
01a20364-3b1d-7147-b9d6-0ede5556628c	1	5sim	three	snapchat	england	375000	[{"cost": "0.0153", "rate": 0.9292, "count": 4881, "operator": "three", "provider": "5sim"}]	refused	01a20363-ba7e-769c-9a84-9b40b181c638	2026-11-22 13:13:50.126758+00	2026-11-22 13:14:20.126758+00	0	\N
01a20364-4312-7508-82a0-df39acd1b1e7	1	5sim	vodafone	telegram	england	375000	[{"cost": "0.0496", "rate": 0.9004000000000001, "count": 323, "operator": "vodafone", "provider": "5sim"}, {"cost": "0.0559", "rate": 0.8931999999999999, "count": 2945, "operator": "ee", "provider": "5sim"}, {"cost": "0.0618", "rate": 0.8767, "count": 1112, "operator": "virtual55", "provider": "5sim"}, {"cost": "0.0816", "rate": 0.9731000000000001, "count": 7764, "operator": "three", "provider": "5sim"}, {"cost": "0.0959", "rate": 0.9675, "count": 153, "operator": "lebara", "provider": "5sim"}, {"cost": "0.0997", "rate": 0.8698999999999999, "count": 231, "operator": "lycamobile", "provider": "5sim"}]	calling	01a20363-ba7e-769c-9a84-9b40b181c638	2026-11-22 13:13:52.185577+00	2026-11-22 13:14:22.185577+00	0	\N
\.
ALTER TABLE verification.intents ENABLE TRIGGER ALL;
ALTER TABLE verification.messages DISABLE TRIGGER ALL;
DELETE FROM verification.messages;
COPY verification.messages (id, order_id, key, sealed, has_code, received_at) FROM stdin;
01a20364-22f4-7710-8350-f9d19cac71e2	01a20364-12f7-72df-bbc5-d66450f48f0c	190709419531	AbSeDw01q6kJtQ2eQrGSqOZ1oB41c7FQcVd0lgen562M-UZMsFDbWe7A7MuEqPh5eaxLeHoSbqdhv4RDm0OelKX0jb826zC3kQo4xIuuiI72Ibphs5rliR5jQuDfsyJxXTnH312dWdLZTfGaOr7AX7ck4TP-iSJn31Ata5qvUYNU95WuhMXB6n4a1vm-aBii4fR7LZQYKrmhbDJWgk8Bql1oe-hNvJvCy6CwqGNuKhnFOE9Glw	t	2026-11-22 13:13:43.721026+00
\.
ALTER TABLE verification.messages ENABLE TRIGGER ALL;
ALTER TABLE verification.offer_syncs DISABLE TRIGGER ALL;
DELETE FROM verification.offer_syncs;
COPY verification.offer_syncs (provider, country, synced_at, digest, is_told) FROM stdin;
5sim	england	2026-11-22 13:13:17.525481+00	\\xb9e328350e227dee93017fe8a0f0b5f7cdaded20bda81a545f3718ece4163313	t
\.
ALTER TABLE verification.offer_syncs ENABLE TRIGGER ALL;
ALTER TABLE verification.offers DISABLE TRIGGER ALL;
DELETE FROM verification.offers;
COPY verification.offers (provider, country, service, operator, cost, count, rate) FROM stdin;
5sim	england	snapchat	lebara	23100	1529	0.9218000000000001
5sim	england	snapchat	lycamobile	17600	3341	0.8268000000000001
5sim	england	snapchat	o2	21100	4619	0.7909
5sim	england	snapchat	orange	18600	236	0.9636
5sim	england	snapchat	tesco	17800	637	0.9162
5sim	england	snapchat	three	15300	4881	0.9292
5sim	england	snapchat	virtual55	21000	2788	0.8287
5sim	england	snapchat	vodafone	15000	3927	0.8339
5sim	england	telegram	ee	55900	2945	0.8931999999999999
5sim	england	telegram	lebara	95900	153	0.9675
5sim	england	telegram	lycamobile	99700	231	0.8698999999999999
5sim	england	telegram	tesco	92900	0	0.9449
5sim	england	telegram	three	81600	7764	0.9731000000000001
5sim	england	telegram	virtual55	61800	1112	0.8767
5sim	england	telegram	vodafone	49600	323	0.9004000000000001
5sim	england	whatsapp	ee	115300	2263	0.9754999999999999
5sim	england	whatsapp	o2	61800	1848	0.9998999999999999
5sim	england	whatsapp	orange	86900	580	0.648
5sim	england	whatsapp	tesco	118300	339	0.7209
5sim	england	whatsapp	three	101000	467	0.8471
5sim	england	whatsapp	virtual55	76000	456	0.7718
5sim	england	whatsapp	vodafone	100700	9221	0.9538
\.
ALTER TABLE verification.offers ENABLE TRIGGER ALL;
ALTER TABLE verification.provider_orders DISABLE TRIGGER ALL;
DELETE FROM verification.provider_orders;
COPY verification.provider_orders (provider, reference, order_id, attempt, service, country, cost, state, first_seen) FROM stdin;
5sim	95423407003	01a20364-12f7-72df-bbc5-d66450f48f0c	1	telegram	england	49600	linked	2026-11-22 13:13:39.853608+00
5sim	95423407004	01a20364-1326-7585-a442-db8db776022e	1	whatsapp	england	61800	linked	2026-11-22 13:13:39.898498+00
\.
ALTER TABLE verification.provider_orders ENABLE TRIGGER ALL;
ALTER TABLE verification.schema_migrations DISABLE TRIGGER ALL;
DELETE FROM verification.schema_migrations;
COPY verification.schema_migrations (number, name, checksum, applied_at) FROM stdin;
1	outbox	907d68da4215754cfd646ef81369af39cb295071efb0d6c86fcca51153bdd0f7	2026-11-22 13:13:17.240564+00
2	inbox	43fa914438697b1a66858f1b1eef4292a6f112229e44048d228dff7a3a2f6867	2026-11-22 13:13:17.329577+00
3	lease	db0326c1d79cece98d15cd11e70d4d2c25c3b715e1b5f192c724647ba6cdb108	2026-11-22 13:13:17.362915+00
4	parked	c7d370c6381fbcb3c61e1b9abb785016660b7ab199d92072fdd5fe10c62e3a16	2026-11-22 13:13:17.367694+00
5	orders	6ce105290a520acb142c5a7f6352fb463c40fc8c050f507efaef9df64e5ce390	2026-11-22 13:13:17.37234+00
6	purchases	2107ce8ceba8d6bd1c99d9dd46184c2472a11cf3efc9da51abadb0b76d3d207c	2026-11-22 13:13:17.384219+00
7	offers	63308a95da999ce781f53054658ae6e888f15e9241bc79303ff7971ee0e8099e	2026-11-22 13:13:17.391699+00
8	workers	28eb7d7a4c258342b399d67332c0dd4a003374e581074617ecb57201e6a8fab2	2026-11-22 13:13:17.399527+00
9	sharing	9cfbb38fa8a400acaa0a55568beed707a491db4e4900b295598c9bdb2894eb4d	2026-11-22 13:13:17.404307+00
10	lighter writes	60722ee90300b9c278bdbbdc757f47b30f04e79e59fbe573675e70df3abb73c5	2026-11-22 13:13:17.407884+00
11	asking	948e3ea2465c68a2f3cd40c1883d2009ff173b284c00c4bf57b31853a29b7a5e	2026-11-22 13:13:17.410427+00
12	settlements	6978ea35ae3d409d9b79bd24300708977610c6030d3a3339591b31e02420f755	2026-11-22 13:13:17.41188+00
13	acceptance	a5ee6c6f90d9ce33a2f992e4fe0048aeb24e39a481fe67bc73670aa4b093838c	2026-11-22 13:13:17.418695+00
14	sales by time	09eef5102c9075e6891a7ee985da0d16031046ff55e4f048341c4f4fa5c44c77	2026-11-22 13:13:17.422747+00
\.
ALTER TABLE verification.schema_migrations ENABLE TRIGGER ALL;
ALTER TABLE verification.steps DISABLE TRIGGER ALL;
DELETE FROM verification.steps;
COPY verification.steps (order_id, number, at, step, cause, provider, cost, trace_id) FROM stdin;
01a20364-12f7-72df-bbc5-d66450f48f0c	1	2026-11-22 13:13:39.836255+00	requested	\N	\N	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-12f7-72df-bbc5-d66450f48f0c	2	2026-11-22 13:13:39.84874+00	hold_placed	\N	\N	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-12f7-72df-bbc5-d66450f48f0c	3	2026-11-22 13:13:39.84874+00	purchase_started	attempt 1, operator vodafone	5sim	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-12f7-72df-bbc5-d66450f48f0c	4	2026-11-22 13:13:39.855082+00	number_assigned	operator vodafone	5sim	49600	3c002f455b4a3bc44528a734c9997fdb
01a20364-1326-7585-a442-db8db776022e	1	2026-11-22 13:13:39.885923+00	requested	\N	\N	\N	e556118ea20be316b2d71bc5415403b7
01a20364-1326-7585-a442-db8db776022e	2	2026-11-22 13:13:39.895464+00	hold_placed	\N	\N	\N	e556118ea20be316b2d71bc5415403b7
01a20364-1326-7585-a442-db8db776022e	3	2026-11-22 13:13:39.895464+00	purchase_started	attempt 1, operator o2	5sim	\N	e556118ea20be316b2d71bc5415403b7
01a20364-1326-7585-a442-db8db776022e	4	2026-11-22 13:13:39.900365+00	number_assigned	operator o2	5sim	61800	e556118ea20be316b2d71bc5415403b7
01a20364-12f7-72df-bbc5-d66450f48f0c	5	2026-11-22 13:13:43.926304+00	code_received	\N	5sim	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-1326-7585-a442-db8db776022e	5	2026-11-22 13:13:43.993125+00	cancel_requested	\N	5sim	\N	e556118ea20be316b2d71bc5415403b7
01a20364-1326-7585-a442-db8db776022e	6	2026-11-22 13:13:44.004551+00	cancelled	the provider gave the money back	5sim	\N	e556118ea20be316b2d71bc5415403b7
01a20364-12f7-72df-bbc5-d66450f48f0c	6	2026-11-22 13:13:48.930349+00	finished	\N	5sim	\N	3c002f455b4a3bc44528a734c9997fdb
01a20364-3b1d-7147-b9d6-0ede5556628c	1	2026-11-22 13:13:50.113385+00	requested	\N	\N	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-3b1d-7147-b9d6-0ede5556628c	2	2026-11-22 13:13:50.126161+00	hold_placed	\N	\N	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-3b1d-7147-b9d6-0ede5556628c	3	2026-11-22 13:13:50.126161+00	purchase_started	attempt 1, operator three	5sim	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-3b1d-7147-b9d6-0ede5556628c	4	2026-11-22 13:13:50.136091+00	purchase_refused	outOfStock	\N	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-3b1d-7147-b9d6-0ede5556628c	5	2026-11-22 13:13:50.136091+00	failed	NUMBER_UNAVAILABLE	\N	\N	7d994b95dce8172cf6e2f775637f1a41
01a20364-4312-7508-82a0-df39acd1b1e7	1	2026-11-22 13:13:52.156769+00	requested	\N	\N	\N	a2f92d1df9b14bb1e428148fab07b945
01a20364-4312-7508-82a0-df39acd1b1e7	2	2026-11-22 13:13:52.181566+00	hold_placed	\N	\N	\N	a2f92d1df9b14bb1e428148fab07b945
01a20364-4312-7508-82a0-df39acd1b1e7	3	2026-11-22 13:13:52.181566+00	purchase_started	attempt 1, operator vodafone	5sim	\N	a2f92d1df9b14bb1e428148fab07b945
\.
ALTER TABLE verification.steps ENABLE TRIGGER ALL;
SELECT pg_catalog.setval('billing.outbox_id_seq', 8, true);
SELECT pg_catalog.setval('gateway.events_number_seq', 15, true);
SELECT pg_catalog.setval('gateway.movements_number_seq', 8, true);
SELECT pg_catalog.setval('gateway.outbox_id_seq', 8, true);
SELECT pg_catalog.setval('verification.outbox_id_seq', 313, true);
