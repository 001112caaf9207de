/// The networks of the larger markets, as their pools are named. Every country has pools `virtualNN` besides.
enum OperatorTable {
    static let text = """
        AR movistar personal claro|AT a1 magenta three hot|AU optus telstra vodafone lebara|AZ azercell bakcell
        BD grameenphone banglalink robi|BE proximus orange base|BG a1 vivacom yettel|BR claro vivo tim oi algar
        BY mts a1 life|CA bell rogers telus fido|CH swisscom sunrise salt|CL entel movistar claro wom
        CN unicom chinamobile|CO claro movistar tigo|CY cyta epic primetel|CZ o2 tmobile vodafone kaktus
        DE o2 telekom vodafone lycamobile|DK tdc telenor telia three|DZ djezzy mobilis ooredoo|EE elisa tele2 telia
        EG vodafone orange etisalat we|ES movistar orange vodafone yoigo lycamobile|FI dna elisa telia
        FR orange sfr bouygues free lycamobile|GB ee lebara lycamobile o2 orange three vodafone tesco|GE geocell magti beeline
        GH mtn vodafone airteltigo|GR cosmote vodafone wind|HK csl smartone three chinamobile|HR a1 telemach tomato
        HU telekom yettel vodafone|ID axis indosat smartfren telkomsel three xl|IE eir three vodafone lycamobile
        IL cellcom golan hot partner pelephone|IN airtel jio vodafone bsnl|IT iliad tim vodafone wind ho lycamobile
        JP docomo softbank rakuten|KE safaricom airtel telkom|KG beeline megacom o|KH cellcard metfone smart
        KZ activ altel beeline kcell tele2|LA ltc unitel beeline|LT bite tele2 telia|LV bite lmt tele2
        MA inwi iam orange|MD moldcell orange unite|MM mpt ooredoo telenor mytel|MX movistar telcel att
        MY celcom digi maxis umobile tunetalk|NG airtel glo mtn etisalat|NL kpn lebara lycamobile tmobile vodafone
        NO telenor telia|NZ onenz spark 2degrees|PE bitel claro entel movistar|PH dito globe smart sun tnt
        PK jazz telenor ufone zong|PL orange play plus tmobile heyah lycamobile|PT meo nos vodafone lycamobile
        RO digi orange telekom vodafone lycamobile|RS a1 mts yettel|RU beeline megafon mts tele2 yota rostelecom
        SE comviq tele2 telenor telia three|SG singtel starhub m1|SI a1 telekom telemach|SK o2 orange telekom
        TH ais dtac true|TR turkcell turktelekom vodafone|TW chunghwa fareastone taiwanmobile|TZ airtel vodacom tigo
        UA kyivstar lifecell vodafone 3mob|US tmobile att verizon|UZ beeline ucell uzmobile mobiuz|VE digitel movistar
        VN mobifone viettel vinaphone vietnamobile|ZA cellc mtn telkom vodacom
        """
}
