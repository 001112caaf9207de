/// What is sold, the most wanted first: a slug, and behind `=` how the brand writes itself where capitalising the slug
/// would be wrong.
enum ProductTable {
    static let activation = """
        telegram whatsapp=WhatsApp google facebook instagram twitter discord wechat=WeChat line=LINE viber \
        snapchat tiktok=TikTok linkedin=LinkedIn kakaotalk=KakaoTalk signal vkontakte=VK odnoklassniki=OK \
        zalo tinder badoo bumble tantan amazon paypal=PayPal ebay=eBay shopee ozon=OZON uber bolt gojek \
        grabtaxi=Grab didi=DiDi indriver=inDrive netflix steam apple microsoft blizzard coinbase \
        cryptocom=Crypto.com binance openai=OpenAI claudeai=Claude yahoo mailru=Mail.ru protonmail=Proton \
        aol=AOL pm yandex airbnb fiverr nike other=Service 1688 23red 32red 888casino adidas agroinform aitu \
        akelni alfa alibaba aliexpress=AliExpress alipay allegro amasia angelone astropay auchan avito avon \
        azino b4ucabs baidu banqi beboo beget bet365 betano betfair=Betfair betmgm=BetMGM betway=Betway \
        bigcash bigo=BIGO biglion bilibili bip bisu bitaqaty bitclout bitmart bittube blablacar=BlaBlaCar \
        blibli blued bluesky=Bluesky bolttaxi borzo bradesco brokerx budget bunq burgerking=Burger-King \
        caixa callofduty careem carousell casa cashapp=Cash-App casinoplus cathay cdkeys cekkazan chispa \
        citymobil classmates coindcx=CoinDCX couponscom=Coupons.com craigslist=craigslist cupis cursor dana \
        deezer deliveroo delivery deltaco dent dhani disney=Disney+ dixy dodopizza doordash=DoorDash douyin \
        dream11=Dream11 drom dropbox dukascopy easypay ebaykleinanzeigen=Kleinanzeigen edgeless electroneum \
        emag=eMAG eneba epicgames=Epic-Games esx etsy eurobet ezbuy faberlic faceit=FACEIT farfetch feeld \
        fetlife=FetLife finnhub fiqsy flipkart floatme foodora=foodora foodpanda foody \
        fortunejack=FortuneJack forwarding freelancer freenow=FREENOW gameflip gamer gcash=GCash get gett \
        getir giftcloud glovo gmng godaddy=GoDaddy goods grailed grindr guiddini happn haraj hermes hezzl \
        hily hinge hopi hotline humblebundle=Humble iqos icard icloud=iCloud icq=ICQ ifood=iFood imo=imo \
        inboxdollars=InboxDollars indeed indomaret iost ivi iyc jd=JD jdcom jiayuan jkf jollibee justdating \
        justdial kaggle karusel keybase kfc=KFC kiwi klarna klook komandacard kotak811 kucoin=KuCoin kufarby \
        kvartplata kwai lazada lbry leboncoin leetcode=LeetCode lenta linemessenger livescore locanto longtu \
        lyft magicbricks magnit magnolia mamba maocard marktplaats mcdonalds meetme meituan mega meliuz \
        mercado mercari meta mewe michat=MiChat migros mihoyo=HoYoverse miloan mimo mobile01 monese monobank \
        monopoly mosru motorku mrgreen mtscashback myfishka myglo mylove mymusictaste mzadqatar naver nectar \
        neteller netease nextdoor nifty nimses njuskalo nttgame numero1 offerup=OfferUp offgamers \
        okcupid=OkCupid okey okta olacabs olx=OLX onet onlinerby open oraclecloud=Oracle oriflame ourtime \
        pairs papara paxful payberry paycell payconiq payoneer paysafecard paysend payzapp pepsico \
        perekrestok perfectlyposh phound picpay pingpong pinterest plentyoffish pokec pokermaster potato \
        poparide premiumone privatbank prom proton ps=PlayStation pubg=PUBG pureplatfrom qiwi quipp rambler \
        rediffmail rediffmoney reddit replit revolut=Revolut ripkord robinhood roblox royalcanin rumble \
        rushbet sahibinden samokat samsung santander sberapteka seosprint sheerid=SheerID shein=SHEIN \
        shelfbooker shopify siply skout skroutz skype smartyvale sneakersnstuff socios solitaire sony \
        spotify=Spotify square stormgain strato stripe subito subway surveytime swagbucks swiggy swvl \
        taikang tango tandem taobao temu tencentqq=QQ ticketmaster tilda tiktoklive toloka tosla totalcoin \
        touchance trendyol triller truecaller truthsocial trybe twitch ubisoft ukrnet uklon uniqlo unacademy \
        venmo verse vinted virgo vitajekspress vivo vkusvill voi walmart wattpad weibo weku \
        westernunion=Western-Union whoosh wildberries wing winston wise wolt wish wmaraci xiaomi xing yalla \
        yemeksepeti yikyak youdo youla youstar yubo zadarma zara zasilkovna zepto zilch zoho zomato zoom \
        zupee
        """
    /// Rentals; how long each lasts is in its name.
    static let hosting: [(slug: String, hours: Int64)] = [
        ("3hours", 3), ("1day", 24), ("10days", 240), ("1month", 720),
    ]
}
