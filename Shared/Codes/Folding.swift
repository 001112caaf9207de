/// Brings a scalar into the form that words are compared in: lower case, without accents, digits of every script as
/// ASCII, letters that people write for one another as one. So "Código", "CODIGO" and "co\u{301}digo" are one word, and
/// so are the Arabic, Persian and Urdu ways of writing a letter.
enum Folding {
    /// The digit a scalar stands for (Unicode category Nd), in any script.
    static func digit(_ scalar: UInt32) -> UInt32? {
        if scalar < 0x80 { return scalar >= 0x30 && scalar <= 0x39 ? scalar - 0x30 : nil }
        guard scalar >= zeros[1] else { return nil }
        var (low, high) = (1, zeros.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if zeros[middle] <= scalar { low = middle } else { high = middle }
        }
        let value = scalar - zeros[low]
        return value < 10 ? value : nil
    }

    /// The zeros of all scripts, ascending; each is followed by its nine other digits.
    private static let zeros: [UInt32] = [
        0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
        0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
        0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0,
        0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0,
        0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50,
        0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
        0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
    ]

    /// U+00C0 to U+024F, a letter each; a dot where there is no letter to fold to.
    private static let latin: [UInt8] = Array(
        """
        aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuytyaaaaaaccccccccdd\
        ddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkkllllll..llnnnnnnnnnoooooooorrrrrrssssss\
        ssttttttuuuuuuuuuuuuwwyyyzzzzzzsbb....o...d....ee.f....ikk......oo.............u\
        u..yy........................aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa....\
        aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............................
        """.utf8)

    /// U+1E00 to U+1EFF: among them the Vietnamese letters with two marks.
    private static let latinAdditional: [UInt8] = Array(
        """
        aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooo\
        oooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy....s.\
        aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuu\
        uuyyyyyyyy......
        """.utf8)

    /// The scalar that words are compared by. Digits are folded before.
    static func letter(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x41...0x5A: return scalar + 0x20
        case 0..<0xC0: return scalar
        case 0xC0...0x24F: return replaced(scalar, by: latin[Int(scalar - 0xC0)])
        case 0x259: return 0x65  // Azerbaijani ə
        case 0x386, 0x3AC: return 0x3B1
        case 0x388, 0x3AD: return 0x3B5
        case 0x389, 0x3AE: return 0x3B7
        case 0x38A, 0x3AA, 0x390, 0x3AF, 0x3CA: return 0x3B9
        case 0x38C, 0x3CC: return 0x3BF
        case 0x38E, 0x3AB, 0x3B0, 0x3CB, 0x3CD: return 0x3C5
        case 0x38F, 0x3CE: return 0x3C9
        case 0x3C2: return 0x3C3
        case 0x391...0x3A1, 0x3A3...0x3A9: return scalar + 0x20
        case 0x401, 0x451: return 0x435  // ё is written е
        case 0x407, 0x457: return 0x456
        case 0x419, 0x439: return 0x438  // й in decomposed text is и with a mark, and marks are dropped
        case 0x410...0x42F: return scalar + 0x20
        case 0x400...0x40F: return scalar + 0x50
        case 0x460...0x481, 0x48A...0x4BF, 0x4D0...0x52F: return scalar | 1
        case 0x531...0x556: return scalar + 0x30
        case 0x622, 0x623, 0x625, 0x671: return 0x627
        case 0x629, 0x6C1, 0x6C2, 0x6D5: return 0x647
        case 0x64A, 0x649, 0x626, 0x6D2: return 0x6CC
        case 0x643: return 0x6A9
        case 0x1E00...0x1EFF: return replaced(scalar, by: latinAdditional[Int(scalar - 0x1E00)])
        default: return scalar
        }
    }

    private static func replaced(_ scalar: UInt32, by letter: UInt8) -> UInt32 {
        letter == UInt8(ascii: ".") ? scalar : UInt32(letter)
    }

    /// Marks that carry no meaning for us: joiners, directions, accents, vowel points, variation selectors.
    static func isDropped(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xAD, 0x300...0x36F, 0x591...0x5BD, 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7, 0x610...0x61A, 0x61C, 0x640,
            0x64B...0x65F, 0x670, 0x6D6...0x6DC, 0x93C, 0x9BC, 0x180B...0x180E, 0x200B...0x200F, 0x202A...0x202E,
            0x2060...0x206F, 0xFE00...0xFE0F, 0xFEFF, 0xE0100...0xE01EF:
            true
        default: false
        }
    }

    /// White space within a line, of any width and kind.
    static func isSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x20, 0x09, 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    static func isLineBreak(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
