/// The country ids of the SMS-Activate protocol, as the first of its upstreams numbered them. Dialects that number a
/// country otherwise say so themselves.
///
/// Traps: 187 is the United States proper, 12 is their internet telephony and has no slug here; 150 is Brazzaville, 18
/// the other Congo; 190 is South Korea, and only some upstreams have it.
package enum SMSActivateCountryTable {
    package static let ids = NameMap(rows)

    /// Countries of ours that the protocol has no number for.
    package static let unsold: Set<String> = [
        "samoa", "solomonislands", "tonga", "turksandcaicos", "virginislands",
    ]

    private static let rows: [(slug: String, word: Int)] = [
        ("afghanistan", 74), ("albania", 155), ("algeria", 58), ("angola", 76), ("anguilla", 181),
        ("antiguaandbarbuda", 169), ("argentina", 39), ("armenia", 148), ("aruba", 179), ("australia", 175),
        ("austria", 50), ("azerbaijan", 35), ("bahamas", 122), ("bahrain", 145), ("bangladesh", 60),
        ("barbados", 118), ("belarus", 51), ("belgium", 82), ("belize", 124), ("benin", 120), ("bhutane", 158),
        ("bih", 108), ("bolivia", 92), ("botswana", 123), ("brazil", 73), ("bulgaria", 83), ("burkinafaso", 152),
        ("burundi", 119), ("cambodia", 24), ("cameroon", 41), ("canada", 36), ("capeverde", 186),
        ("caymanislands", 170), ("chad", 42), ("chile", 151), ("china", 3), ("colombia", 33), ("comoros", 133),
        ("congo", 150), ("costarica", 93), ("croatia", 45), ("cyprus", 77), ("czech", 63), ("denmark", 172),
        ("djibouti", 168), ("dominica", 126), ("dominicana", 109), ("easttimor", 91), ("ecuador", 105),
        ("egypt", 21), ("england", 16), ("equatorialguinea", 167), ("eritrea", 176), ("estonia", 34),
        ("ethiopia", 71), ("finland", 163), ("france", 78), ("frenchguiana", 162), ("gabon", 154), ("gambia", 28),
        ("georgia", 128), ("germany", 43), ("ghana", 38), ("gibraltar", 201), ("greece", 129), ("grenada", 127),
        ("guadeloupe", 160), ("guatemala", 94), ("guinea", 68), ("guineabissau", 130), ("guyana", 131), ("haiti", 26),
        ("honduras", 88), ("hongkong", 14), ("hungary", 84), ("india", 22), ("indonesia", 6), ("ireland", 23),
        ("israel", 13), ("italy", 86), ("ivorycoast", 27), ("jamaica", 103), ("japan", 182), ("jordan", 116),
        ("kazakhstan", 2), ("kenya", 8), ("kuwait", 100), ("kyrgyzstan", 11), ("laos", 25), ("latvia", 49),
        ("lesotho", 136), ("liberia", 135), ("lithuania", 44), ("luxembourg", 165), ("macau", 20),
        ("madagascar", 17), ("malawi", 137), ("malaysia", 7), ("maldives", 159), ("mauritania", 114),
        ("mauritius", 157), ("mexico", 54), ("moldova", 85), ("mongolia", 72), ("montenegro", 171),
        ("montserrat", 180), ("morocco", 37), ("mozambique", 80), ("myanmar", 5), ("namibia", 138), ("nepal", 81),
        ("netherlands", 48), ("newcaledonia", 185), ("newzealand", 67), ("nicaragua", 90), ("niger", 139),
        ("nigeria", 19), ("northmacedonia", 183), ("norway", 174), ("oman", 107), ("pakistan", 66), ("panama", 112),
        ("papuanewguinea", 79), ("paraguay", 87), ("peru", 65), ("philippines", 4), ("poland", 15),
        ("portugal", 117), ("puertorico", 97), ("reunion", 146), ("romania", 32), ("russia", 0), ("rwanda", 140),
        ("saintkittsandnevis", 134), ("saintlucia", 164), ("saintvincentandgrenadines", 166), ("salvador", 101),
        ("saotomeandprincipe", 178), ("saudiarabia", 53), ("senegal", 61), ("serbia", 29), ("seychelles", 184),
        ("sierraleone", 115), ("singapore", 196), ("slovakia", 141), ("slovenia", 59), ("southafrica", 31),
        ("spain", 56), ("srilanka", 64), ("suriname", 142), ("swaziland", 106), ("sweden", 46), ("switzerland", 173),
        ("taiwan", 55), ("tajikistan", 143), ("tanzania", 9), ("thailand", 52), ("tit", 104), ("togo", 99),
        ("tunisia", 89), ("turkey", 62), ("turkmenistan", 161), ("uganda", 75), ("ukraine", 1), ("uruguay", 156),
        ("usa", 187), ("uzbekistan", 40), ("venezuela", 70), ("vietnam", 10), ("zambia", 147), ("zimbabwe", 96),
    ]
}
