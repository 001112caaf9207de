/// The names that TextVerified has for services, and the platform's slugs for the same: most are alike. A service that
/// is not in the table is not bought there under its name.
package enum TextVerifiedServices {
    /// Slugs; behind `=` the name that TextVerified has, where it is another.
    static let table = """
        adidas airbnb alibaba aliexpress alipay amazon aol apple auchan badoo baidu beget bet365 betano betfair betmgm \
        betway bigo binance blablacar blizzard bluesky bolt bumble bunq burgerking callofduty careem carousell cashapp \
        chispa claudeai=claude coinbase craigslist cryptocom cursor deezer deliveroo didi discord disney doordash \
        dream11 dropbox ebay eneba epicgames etsy facebook faceit feeld fetlife fiverr foodpanda freelancer gamer get \
        gett glovo godaddy google grailed grindr happn hermes hily hinge icloud imo inboxdollars indeed instagram \
        kaggle kakaotalk klarna kucoin leboncoin leetcode line linkedin lyft mcdonalds mega meetme mercari meta \
        michat microsoft mihoyo monese naver netease netflix nextdoor nike odnoklassniki offerup offgamers okcupid okta olx openai \
        oraclecloud ourtime papara paxful payoneer paypal paysafecard paysend pinterest plentyoffish \
        proton protonmail ps=playstation pubg rambler reddit replit revolut ripkord robinhood roblox rumble samsung \
        sheerid shein shopify signal skout skype snapchat sneakersnstuff sony spotify square steam stripe subway \
        surveytime swagbucks taobao telegram temu ticketmaster tiktok tinder truecaller truthsocial twitch twitter \
        uber ubisoft venmo viber vinted vkontakte=vk walmart wechat weibo westernunion whatsapp wing wise wish wolt \
        xiaomi yahoo yandex yikyak yubo zalo zara zoho zoom other=servicenotlisted
        """

    /// What is bought for a service that has no name there: its own name goes along.
    private static let notListed = "servicenotlisted"
    private static let notListedVoice = "servicenotlistedvoice"

    /// Each line of the table: the platform's slug and TextVerified's name.
    static let pairs: [(slug: String, name: String)] = table.split(separator: " ").map { entry in
        let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], parts[parts.count - 1])
    }

    private static let names = Dictionary(pairs.map { ($0.slug, $0.name) }) { first, _ in first }
    private static let slugs = Dictionary(pairs.map { ($0.name, $0.slug) }) { first, _ in first }

    /// What TextVerified calls a service; nil when we do not know.
    package static func name(of slug: String, voice: Bool = false) -> String? {
        guard let name = names[slug] else { return nil }
        return voice && name == notListed ? notListedVoice : name
    }

    /// The platform's slug for a name; nil for one that is not in the table.
    package static func knownSlug(of name: String) -> String? {
        let name = name.lowercased()
        return slugs[name == notListedVoice ? notListed : name]
    }

    /// The same, and the name itself where there is no slug for it.
    package static func slug(of name: String) -> String { knownSlug(of: name) ?? name }

    static func isNotListed(_ name: String) -> Bool { name == notListed || name == notListedVoice }
}
