/// The service codes of the SMS-Activate protocol that have a slug with us. There are some two thousand more, which are
/// not sold until they have one.
package enum SMSActivateServiceTable {
    package static let codes = NameMap(rows)

    private static let rows: [(slug: String, word: String)] = [
        ("whatsapp", "wa"), ("telegram", "tg"), ("google", "go"), ("instagram", "ig"), ("facebook", "fb"),
        ("twitter", "tw"), ("tiktok", "lf"), ("discord", "ds"), ("wechat", "wb"), ("line", "me"),
        ("kakaotalk", "kt"), ("viber", "vi"), ("signal", "bw"), ("snapchat", "fu"), ("vkontakte", "vk"),
        ("odnoklassniki", "ok"), ("linkedin", "tn"), ("zalo", "mj"), ("tinder", "oi"), ("badoo", "qv"),
        ("bumble", "mo"), ("tantan", "wh"), ("amazon", "am"), ("ebay", "dh"), ("shopee", "ka"), ("ozon", "sg"),
        ("paypal", "ts"), ("coinbase", "re"), ("binance", "aon"), ("cryptocom", "ti"), ("uber", "ub"),
        ("bolt", "tx"), ("grabtaxi", "jg"), ("gojek", "ni"), ("didi", "xk"), ("indriver", "rl"), ("swiggy", "jx"),
        ("doordash", "ac"), ("airbnb", "uk"), ("netflix", "nf"), ("steam", "mt"), ("blizzard", "bz"),
        ("apple", "wx"), ("microsoft", "mm"), ("yahoo", "mb"), ("mailru", "ma"), ("yandex", "ya"),
        ("protonmail", "dp"), ("aol", "pm"), ("openai", "dr"), ("claudeai", "acz"), ("fiverr", "cn"), ("nike", "ew"),
        ("tencentqq", "qq"), ("baidu", "li"), ("other", "ot"),
    ]
}
