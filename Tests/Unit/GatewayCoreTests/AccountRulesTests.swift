import Contracts
import GatewayCore
import Kit
import Testing

@Suite("Rules of accounts")
struct AccountRulesTests {
    private let email = EmailAddress("Margaret.Hamilton@example.com")

    @Test(
        "a password that is short, long, monotonous or common is refused",
        arguments: [
            "short", "123456789", "1234567890", "qwertyuiop", "Password123!", "P@ssw0rd2024", "  password  99",
            "iloveyou!!!", "aaaaaaaaaaaa", "1212121212", "Welcome2026", "!!!letmein!!!", "namaskah123",
        ])
    func refused(_ password: String) {
        #expect(PasswordRules.complaint(about: password, email: email) != nil)
    }

    @Test(
        "a password that nobody else has is taken, whatever it is made of",
        arguments: [
            "correct horse battery", "vier kühe im see", "x7#Kd9!mQ2", "パスワードではありませんよ", "passwordless-future-42x",
        ])
    func taken(_ password: String) {
        #expect(PasswordRules.complaint(about: password, email: email) == nil)
    }

    @Test("the length is ten characters to 1024 bytes, both ends included")
    func length() {
        let text = String(repeating: "abcdefghij", count: 103)
        #expect(PasswordRules.complaint(about: String("kzvq7wxjuy".prefix(10)), email: nil) == nil)
        #expect(PasswordRules.complaint(about: "kzvq7wxju", email: nil) != nil)
        #expect(PasswordRules.complaint(about: String(text.prefix(1024)), email: nil) == nil)
        #expect(PasswordRules.complaint(about: String(text.prefix(1025)), email: nil) != nil)
        #expect(PasswordRules.complaint(about: String(repeating: "äöüß", count: 129), email: nil) != nil)
    }

    @Test("a password with the name of the address in it is refused; a short name is not looked for")
    func localPart() {
        #expect(PasswordRules.complaint(about: "my margaret.HAMILTON pw", email: email) != nil)
        #expect(PasswordRules.complaint(about: "my margaret pw 17", email: email) == nil)
        #expect(PasswordRules.complaint(about: "a tree beside 9 lakes", email: EmailAddress("be@example.com")) == nil)
    }

    @Test("addresses that differ in case alone are one address")
    func folding() {
        #expect(EmailAddress("Ann@Example.COM") == EmailAddress("ann@example.com"))
        #expect(EmailAddress("ann@example.com").localPart == "ann")
    }

    @Test("the wire knows exactly the roles there are")
    func roleWords() {
        #expect(AccountWords.roles == Role.allCases.map(\.rawValue))
    }

    @Test("a role includes itself and what is below it")
    func order() {
        let order: [Role] = [.user, .support, .admin]
        for (i, lower) in order.enumerated() {
            for (j, upper) in order.enumerated() { #expect(upper.includes(lower) == (j >= i)) }
        }
        #expect(order.map(\.seesEverybody) == [false, true, true])
    }

    @Test("only an administrator changes roles, not his own and not that of the bootstrap account")
    func roleChange() {
        let (actor, target, bootstrap) = (ID.new(), ID.new(), ID.new())
        func code(_ target: ID, _ role: Role) -> ErrorCode? {
            RoleChange.refusal(of: target, by: actor, whoIs: role, bootstrap: bootstrap)?.code
        }
        #expect(code(target, .admin) == nil)
        #expect(code(target, .support) == .forbidden)
        #expect(code(target, .user) == .forbidden)
        #expect(code(actor, .admin) == .conflict)
        #expect(code(bootstrap, .admin) == .conflict)
    }
}
