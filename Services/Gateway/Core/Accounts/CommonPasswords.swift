/// What is tried first by those who guess passwords; those of fewer than ten characters are refused by length.
enum CommonPasswords {
    /// As they are, in lower case.
    static let whole = split(
        """
        1234567890 12345678910 123456789a 1234567891 0123456789 0987654321 9876543210 1234512345 1122334455 1231231234
        123123123123 12341234 1234554321 1212121212 1029384756 0192837465 123456789q 1234567890q a123456789 q123456789
        1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcrfv
        qazwsxedcrfvtgb zaq12wsxcde3 zaq1xsw2cde3 1qazxsw23edc qwe123qwe123 qwe123asd123 asd123asd123 abc123abc123
        abcd123456 abcde12345 abc1234567 abcdef123456 a1b2c3d4e5 a1b2c3d4e5f6 aa12345678 aa123456789 asdf123456
        qwer123456 qwert12345 qwerty123456 123qweasdzxc 123qwe123qwe 123qwe456rty 1234qwerasdf 1234qwer1234
        12345qwert 123456qwerty 12345abcde 123abc456def 147258369a 1472583690 14725836900 3216549870 7418529630
        741852963a 159753456852 159357456852 5201314520 1314520520 woaini1314 woaini5201314 1234abcd1234 123321123321
        password1password password12password pass1234pass pass123word pass1word1 passw0rd123 mypass1234 mypass12345
        trustno1trustno1 iloveyou123iloveyou letmein123letmein admin123admin admin1234admin root123456 root1234567
        test123test test1234test test123456 user123456 demo123456 guest12345 changeme1changeme correcthorsebatterystaple
        """)

    /// With anything but letters around them.
    static let words = split(
        """
        password passwort passwords passphrase motdepasse contrasena senha wachtwoord parola salasana haslo kennwort
        mypassword mypass thepassword yourpassword passwordpassword newpassword oldpassword password1a pass passw passwd
        qwerty qwertz azerty qwertyui qwertyuiop qwertyuio qwertzuiop azertyuiop asdfghjkl asdfghjk asdfgh asdf zxcvbnm
        zxcvbn qwertyasdf qwertyqwerty asdfasdf asdfasdfasdf qazwsx qazwsxedc qweasdzxc qweasd qwerasdf qweqweqwe
        asdasdasd qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm poiuytrewq lkjhgfdsa mnbvcxz abc abcd abcde abcdef
        abcdefg abcdefgh abcdefghi abcdefghij abcdefghijk abcabcabc letmein letmeinnow welcome welcometo welcomeback
        admin administrator administrador adminadmin root rootroot superuser sysadmin user username guest login test
        testtest testing tester testuser demo default changeme changemenow secret topsecret secretsecret access master
        iloveyou iloveu iloveyousomuch ilove loveyou loveme lovely sunshine princess dragon monkey football baseball
        basketball superman batman spiderman pokemon starwars michael jordan jennifer jessica michelle charlie ashley
        daniel thomas william anthony computer internet whatever freedom shadow trustno trustnoone hello helloworld
        hellohello hellokitty ninja mustang liverpool chelsea arsenal barcelona realmadrid manchester juventus
        butterfly chocolate strawberry cheese flower summer winter spring autumn january february october november
        december september monday friday company business office temppass temporary temp verification namaskah
        """)

    private static func split(_ text: String) -> Set<String> {
        Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
    }
}
