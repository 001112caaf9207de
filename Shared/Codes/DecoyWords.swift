/// The words that say a number is something else than a code, by meaning. Written and read like `KeyWords`.
enum DecoyWords {
    /// Names a number that follows, or a code that is not one to prove oneself by.
    static let lead: [String] = [
        // Purchases, parcels, papers
        """
        order, order number, order no, order id, order code, orders, invoice, invoice number, bill, bill number, receipt,
        ref, ref no, reference, reference number, reference no, reference code, reference id, ref id, ref code, txn, txn id,
        transaction, transaction id, transaction number, transaction code, trx, utr, rrn, payment id, tracking,
        tracking number, tracking no, tracking code, tracking id, shipment, parcel, package, consignment, awb, booking,
        booking code, booking reference, booking number, booking id, reservation, reservation number, reservation code,
        confirmation number, pnr, ticket, ticket number, ticket id, case, case number, claim, claim number, policy,
        policy number, contract, contract number, serial, serial number, model, version, build, product code, item,
        item number, sku, lot, batch, permit, file number, application number, application id, enrolment number, docket
        """,
        // Accounts and cards
        """
        account, account number, account no, account ending, accounts ending, acct, acct no, a/c, a/c no, ac no,
        ac ending, card, card number, card no, card ending, card ending in, card ending with, ending, ending in,
        ending with, ends with, ends in, last 4 digits, last four digits, customer number, customer no, customer id,
        client id, member, member id, membership, membership number, user id, id number, iban, vin, passport, licence,
        license, license plate, tax, vat, balance, avail bal, available balance, bal, amount, total, amt, due,
        limit, credit limit, device, merchant, terminal, imei, phone ending, number ending, mobile ending, mailer
        """,
        // Calls and replies
        """
        call, call us, call us at, call us on, calling, dial, phone, tel, telephone, hotline, helpline, help line, support,
        customer service, customer care, contact, contact us, contact us at, whatsapp us, text stop to, stop to, stop,
        sms to, send to, send stop to, reply, reply with, text help to, opt out, msg to, txt, fax, mobile number, toll free
        """,
        // Places and times
        """
        zip, zip code, zipcode, postcode, postal code, room, room number, table, seat, gate, platform, coach, flight,
        flight number, train, bus, bus line, tram, course, class, lesson, kurs, cours, curso, corso, курс, route, apartment, apt, suite, floor, unit, building, house, street, box, po box, bag,
        until, till, before, since, year, valid until, valid till, expires, exp date, expiry, extension, ext, locker,
        bib, channel, episode, chapter, page
        """,
        // Other codes
        """
        promo code, promocode, promotional code, promotion code, promo, discount code, discount, coupon, coupon code,
        couponcode, voucher, voucher code, gift code, gift card, giftcard, gift card code, referral code, referral,
        invite code, invitation code, qr code, qrcode, bar code, barcode, error code, error, country code, area code,
        dial code, dress code, source code, status code, sort code, swift code, ifsc code, ifsc, bank code, branch code,
        pickup code, pick up code, collection code, delivery code, door code, gate code, lockbox code, lock code,
        building code, tax code, offer code, campaign code, currency code, colour code, color code, morse code, fault code,
        dtc code, unsubscribe code, service code, short code, shortcode, ussd code, keyword, hs code, meter, bonus code
        """,
        // German, Dutch, Scandinavian
        """
        bestellung, bestellnummer, bestell nr, bestellnr, auftrag, auftragsnummer, rechnung, rechnungsnummer, rechnungsnr,
        rechnung nr, kundennummer, kundennr, kunden nr, sendung, sendungsnummer, paket, paketnummer, vorgang,
        vorgangsnummer, referenz, referenznummer, karte, kartennummer, konto, kontonummer, endend auf, endziffern,
        endend mit, gutschein, gutscheincode, rabattcode, aktionscode, postleitzahl, plz, telefon, tel nr, anrufen, anruf,
        hotline, rufnummer, wählen sie, zimmer, flug, zug, gleis, buchung, buchungsnummer, buchungscode, bis, betrag,
        abholcode, fehlercode, vertragsnummer, vertrag, saldo, *nummer, *nr, 
        bestelling, bestelnummer, ordernummer, factuur, factuurnummer, klantnummer, pakket, zending, rekening,
        rekeningnummer, pas, pasnummer, kortingscode, actiecode, postcode, bel, bel ons, kamer, vlucht, afhaalcode,
        beställning, ordernr, fakturanummer, faktura, kundnummer, paket, försändelse, kortet, kontot, rabattkod,
        kampanjkod, postnummer, ring, ring oss, rum, flyg, bokning, bokningsnummer, hämtkod, upphämtningskod,
        bestilling, ordrenummer, ordre, fakturanr, kundenummer, pakke, pakken, kort, konto, rabattkode, kampagnekode,
        kampanjekode, postnr, værelse, rom, fly, tilaus, tilausnumero, lasku, laskunumero, asiakasnumero, paketti,
        lähetys, lähetystunnus, kortti, tili, alennuskoodi, kampanjakoodi, postinumero, soita, noutokoodi, huone, lento
        """,
        // Romance
        """
        commande, n° de commande, numéro de commande, facture, numéro de facture, colis, suivi, numéro de suivi,
        référence, réf, dossier, numéro de dossier, client, numéro client, compte, carte, se terminant par, terminée par,
        finissant par, code promo, code promotionnel, code postal, code de réduction, code cadeau, code de retrait,
        code avantage, bon de réduction, appelez, appelez le, appeler, appeler le, contactez, téléphone, tél, chambre,
        vol, réservation, numéro de réservation, jusqu'au, solde, montant, stop au, stop sms au, billet, quai, porte, code barre,
        pedido, número de pedido, factura, número de factura, envío, seguimiento, número de seguimiento, paquete,
        referencia, cliente, número de cliente, cuenta, tarjeta, terminada en, terminado en, que termina en, finalizada en,
        código promocional, código de descuento, código postal, cupón, código de cupón, código de recogida, vale, llame,
        llame al, llámenos al, llamaremos al, llama al, teléfono, habitación, vuelo, reserva, localizador, hasta,
        saldo, importe, monto, código de error, código de área, código de barras, código de reserva, código de producto,
        encomenda, número do pedido, fatura, nota fiscal, rastreio, código de rastreio, código de rastreamento, rastreamento,
        cartão, conta, final, com final, terminado em, terminada em, código de desconto, cupom, cep, ligue, ligue para,
        telefone, quarto, voo, até, valor, código de barras, protocolo, boleto, código de retirada,
        ordine, numero ordine, numero d'ordine, fattura, spedizione, pacco, riferimento, rif, carta, conto, che termina con,
        che termina in, codice sconto, codice promozionale, codice postale, buono, chiama, chiama il, chiami il, chiamare,
        telefono, camera, volo, prenotazione, fino al, importo, codice a barre, codice fiscale, codice prenotazione,
        codice cliente, codice ritiro, codice di ritiro, pratica, binario,
        comandă, comanda, numărul comenzii, factură, factura, colet, coletul, awb, cardul, contul, terminat în, cod promo,
        cod promoțional, cod poștal, cod de reducere, voucher, sunați, apelați, sună la, telefon, camera, zbor, rezervare
        """,
        // Slavic, Baltic, Hungarian, Greek, Turkic
        """
        zamówienie, zamówienia, nr zamówienia, numer zamówienia, faktura, faktury, paczka, paczki, przesyłka, przesyłki,
        karta, karty, konto, konta, kod rabatowy, kod promocyjny, kod pocztowy, kod odbioru, kupon, zadzwoń, tel,
        infolinia, pokój, lot, rezerwacja, saldo, kwota, numer, nr,
        objednávka, objednávky, faktura, zásilka, zásilky, balík, karta, karty, účet, slevový kód, kód slevy, psč,
        volejte, zavolejte, pokoj, let, rezervace, číslo, č, objednávku, zásielka, zľavový kód, volajte, narudžba,
        račun, pošiljka, kartica, kod za popust, nazovite, pozovite, naročilo, pošiljke, kartico,
        užsakymas, užsakymo, sąskaita, siunta, nuolaidos kodas, skambinkite, pasūtījums, rēķins, sūtījums, zvaniet,
        tellimus, arve, saadetis, helista, rendelés, rendelésszám, számla, számlaszám, csomag, kártya, kuponkód, hívja,
        irányítószám, ügyfélszám, szoba, foglalás, egyenleg,
        заказ, заказа, номер заказа, № заказа, счет, счёт, счета, счёта, накладная, посылка, посылки, отправление, трек,
        трек номер, карта, карты, карте, карту, промокод, промокоду, промо код, купон, скидка по коду, индекс,
        код товара, код получения, код выдачи, код ошибки, звоните, позвоните, звонок, тел, телефон, телефону, поддержка,
        горячая линия, на номер, номер, рейс, поезд, вагон, место, бронь, бронирование, до, договор, договора, баланс,
        остаток, доступно, сумма, квартира, офис, смс на, стоп на, штрихкод, код города, код страны, лицевой счет,
        замовлення, номер замовлення, рахунок, рахунку, посилка, посилки, ттн, картка, картки, картку, знижка, дзвоніть,
        телефонуйте, підтримка, гаряча лінія, рейс, потяг, залишок, сума, номером,
        поръчка, пратка, сметка, карта, обадете се, фактура, пошиљка, нарачка, тапсырыс, шот, карточка,
        παραγγελία, παραγγελίας, αριθμός παραγγελίας, τιμολόγιο, αποστολή, δέμα, κάρτα, κάρτας, λογαριασμός, λογαριασμό,
        εκπτωτικός κωδικός, κουπόνι, κωδικός έκπτωσης, καλέστε, τηλέφωνο, τηλ, δωμάτιο, πτήση, κράτηση, υπόλοιπο,
        sipariş, sipariş no, sipariş numarası, siparişiniz, fatura, kargo, takip no, takip numarası, kart, kartınız,
        hesap, hesabınız, indirim kodu, indirim kod*, kampanya kodu, promosyon kodu, posta kodu, kupon kodu, kupon, arayın,
        müşteri no, abone no, oda, uçuş, rezervasyon, bakiye, bakiyeniz, tutar, teslimat kodu, referans, referans no, işlem no,
        sifariş, buyurtma, buyurtma raqami, karta, chegirma kodi, promokod, hisob, qo'ng'iroq
        """,
        // Semitic, Persian, Urdu, Indic
        """
        *הזמנה*, *חשבונית*, *חבילה*, *משלוח*, *כרטיס*, *חשבון*, *קוד קופון*, *קופון*, *מיקוד*, *התקשרו*, *חייגו*, *טלפון*, *חדר*, *טיסה*,
        *رقم الطلب*, *الطلب*, *طلبك*, *طلب رقم*, *الفاتورة*, *فاتورة*, *الشحنة*, *شحنتك*, *البطاقة*, *بطاقة*, *بطاقتك*, *المنتهية*,
        *المنتهي*, *الحساب*, *حسابك*, *كود الخصم*, *كود خصم*, *رمز الخصم*, *قسيمة*, *الرمز البريدي*, *رمز الاستلام*, *اتصل*, *هاتف*, *غرفة*,
        *رحلة*, *حجز*, *رصيدك*, *الرصيد*, *المبلغ*, *مرجع*, *المرجع*, *رقم*,
        سفارش, شماره سفارش, فاکتور, مرسوله, بسته, کارت, حساب, کد تخفیف, کد پستی, کد رهگیری, کد پیگیری, تلفن, تماس, اتاق, پرواز,
        رزرو, موجودی, مبلغ, شماره, آرڈر, آرڈر نمبر, پارسل, کارڈ, اکاؤنٹ, ڈسکاؤنٹ کوڈ, کال, بیلنس, رقم, نمبر,
        ऑर्डर, बिल, खाते, खाता, कार्ड, कॉल, कूपन, कूपन कोड, प्रोमो कोड, पिन कोड, शेष, बैलेंस, रिचार्ज, संदर्भ, অর্ডার, কার্ড, অ্যাকাউন্ট, কল,
        কুপন, ডিসকাউন্ট কোড, ব্যালেন্স, ஆர்டர், கணக்கு, அழைக்க, ఆర్డర్, ಆರ್ಡರ್, ഓർഡർ
        """,
        // Asia
        """
        หมายเลขคำสั่งซื้อ, คำสั่งซื้อ, ออเดอร์, หมายเลขพัสดุ, พัสดุ, บัตร, บัญชี, โค้ดส่วนลด, รหัสส่วนลด, รหัสไปรษณีย์, โทร, ติดต่อ, ห้อง,
        เที่ยวบิน, ยอดเงิน, คงเหลือ, รหัสอ้างอิง, อ้างอิง, เลขที่, đơn hàng, mã đơn hàng, mã đơn, hóa đơn, mã vận đơn, vận đơn,
        thẻ, tài khoản, tk, số dư, mã giảm giá, mã khuyến mãi, mã ưu đãi, mã bưu chính, mã khách hàng, mã giao dịch, mã gd,
        gọi, liên hệ, hotline, tổng đài, lh, phòng, chuyến bay, soạn, gửi, sd, pesanan, nomor pesanan, no pesanan,
        faktur, resi, no resi, nomor resi, paket, kartu, rekening, kode promo, kode voucher, kode diskon, kode pos,
        kode referral, kode booking, kode pembayaran, hubungi, telepon, saldo, kamar, penerbangan, pesanan anda, kad,
        akaun, kod promosi, kod diskaun, poskod, bilik, bungkusan, no tel, baki, rujukan, nombor,
        订单, 订单号, 訂單, 訂單編號, 订单编号, 快递, 快递单号, 单号, 運單, 运单, 运单号, 包裹, 尾号, 尾號, 末四位, 卡号, 卡號, 账号, 帳號,
        账户, 帳戶, 优惠码, 優惠碼, 折扣码, 折扣碼, 邀请码, 邀請碼, 推荐码, 取件码, 取件碼, 取货码, 取貨碼, 提货码, 取票码, 兑换码, 兌換碼, 邮编,
        二维码, 条形码, 致电, 致電, 拨打, 撥打, 电话, 電話, 客服, 热线, 熱線, 房间, 航班, 车次, 余额, 餘額, 金额, 金額, 流水号, 编号, 編號, 回复, 回覆, 退订回,
        注文番号, ご注文番号, 注文, 伝票番号, お問い合わせ番号, 問い合わせ番号, 追跡番号, 荷物, カード, 口座, 下4桁, 末尾, クーポンコード, クーポン, 割引コード,
        招待コード, 紹介コード, 郵便番号, 電話, 電話番号, 部屋, 便, 予約番号, 予約, 残高, お客様番号, 会員番号, 受付番号, 管理番号, 整理番号, 受取番号, バーコード, エラーコード,
        주문, 주문번호, 주문 번호, 송장번호, 송장 번호, 운송장, 택배, 카드, 계좌, 쿠폰, 쿠폰번호, 쿠폰 코드, 할인 코드, 할인코드, 초대 코드, 추천 코드, 우편번호, 전화, 전화번호,
        고객센터, 문의, 객실, 항공편, 예약번호, 예약 번호, 잔액, 회원번호, 고객번호, 접수번호, 픽업 코드
        """,
    ]

    /// Stands between such a word and its number without changing what is meant.
    static let connector: [String] = [
        """
        no, nr, num, number, id, code, in, with, to, the, at, on, by, of, for, us, our, toll, free, ending, end, us, digits,
        stop, help, yes, start, an, am, auf, unter, mit, die, der, den, das, le, la, al, el, los, au, du, de, des,
        en, con, por, para, pelo, o, a, ao, no, do, da, il, lo, di, alla, allo, per, na, pod, po, numer, do, od, z,
        na, по, на, под, за, номер, do, ze, số, nomor, ke, di, numero, número, numéro, nummer, n, číslo, szám, αριθ,
        στο, numarası, رقم, على, בטלפון, מספר, número, anda, kamu, cua ban, ibu, إلى, ب, به, برای, شماره, नंबर
        """
    ]

    /// Speaks of selling.
    static let selling: [String] = [
        """
        off, sale, discount, discounts, deal, deals, coupon, voucher, promo, promotion, promotional, offer, offers, shop now,
        shop, save, checkout, at checkout, free shipping, cashback, bonus, free spins, win, prize, exclusive, limited time,
        subscribe, rabatt, gutschein, angebot, angebote, sparen, aktion, kostenlos, korting, aanbieding, soldes, promotion,
        offre, réduction, remise, rebaja, rebajas, oferta, ofertas, descuento, dto, cupón, gratis, desconto, cupom,
        promoção, sconto, sconti, saldi, offerta, offerte, reducere, reduceri, ofertă, rabat, zniżka, zniżki, promocja,
        wyprzedaż, sleva, slevy, akce, zľava, popust, kedvezmény, akció, alennus, tarjous, ale, rea, erbjudande, tilbud,
        скидка, скидки, скидку, скидкой, акция, распродажа, промокод, промокоду, бонус, бесплатно, знижка, знижки, акція, отстъпка,
        έκπτωση, εκπτώσεις, προσφορά, προσφορές, indirim, indirimi, kampanya, fırsat, kupon, chegirma, خصم, عرض, عروض, تخفيف,
        تخفیف, ویژه, הנחה, מבצע, קופון, छूट, ऑफर, सेल, ছাড়, অফার, ส่วนลด, โปรโมชั่น, ลด, giảm giá, khuyến mãi, ưu đãi, diskon,
        promosi, potongan, diskaun, 优惠, 優惠, 折扣, 促销, 特价, 限时, 割引, セール, クーポン, キャンペーン, お得, 할인, 쿠폰, 세일, 이벤트, 특가
        """
    ]

    /// The number before it serves no more.
    static let voidsBefore: [String] = [
        """
        no longer valid, is no longer, no longer works, not valid anymore, has expired, is expired, was expired,
        code expired, already expired, is now invalid, has been cancelled, was cancelled, has been replaced, was replaced, is not valid, has been used,
        already used, is void, is obsolete, nicht mehr gültig, ist ungültig, ist abgelaufen, wurde ersetzt,
        ungültig geworden, niet meer geldig, is verlopen, is ongeldig, n'est plus valable, n'est plus valide, n’est plus valable,
        n’est plus valide, a expiré, est expiré, ya no es válido, ya no es valido, ha caducado, ha expirado, ya no sirve,
        caducó, expiró, não é mais válido, já não é válido, expirou, está expirado, non è più valido, è scaduto, scaduto,
        nu mai este valabil, a expirat, inte längre giltig, inte längre giltigt, har gått ut, ikke lenger gyldig, er utløpt,
        ikke længere gyldig, er udløbet, ei ole enää voimassa, on vanhentunut, vanhentunut, jest już nieważny, jest nieważny,
        wygasł, stracił ważność, už neplatí, již neplatí, není platný, vypršel, nie je platný, már nem érvényes, lejárt, больше не действителен, больше не действует, уже недействителен, больше недействителен, истек, истёк, устарел,
        більше не дійсний, вже недійсний, вже не діє, застарів, вече не е валиден, вече е невалиден, изтекъл, δεν ισχύει πλέον,
        έχει λήξει, έληξε, artık geçerli değil, artık geçersiz, süresi doldu, süresi dolmuştur, אינו בתוקף, פג תוקף,
        *לא תקף*, لم يعد صالحا, لم يعد صالح, منتهي الصلاحية, انتهت صلاحيته, منقضی شده, دیگر معتبر نیست, अब मान्य नहीं, समाप्त हो गया,
        หมดอายุแล้ว, ใช้ไม่ได้แล้ว, không còn hiệu lực, đã hết hạn, tidak berlaku lagi, sudah kedaluwarsa,
        sudah tidak berlaku, tidak sah lagi, telah tamat tempoh, 已失效, 已过期, 已過期, 不再有效, 已作废, 已无效, 已無效, は無効です,
        無効になりました, 期限切れ, 만료되었, 더 이상 유효하지, 사용할 수 없
        """
    ]

    /// The number after it is the former one.
    static let voidsAfter: [String] = [
        """
        old code, previous code, earlier code, former code, expired code, last code, old pin, instead of, replaces,
        ignore code, ignore the code, alter code, alten code, alte code, der alte code, vorheriger code, bisheriger code,
        ersetzt, statt, oude code, vorige code, vervangt, ancien code, code précédent, remplace, au lieu de, código anterior,
        código antiguo, código viejo, reemplaza, sustituye, en lugar de, código antigo, substitui, em vez de, vecchio codice,
        codice precedente, sostituisce, invece di, codul vechi, codul anterior, înlocuiește, gamla koden, tidigare kod,
        ersätter, gamle koden, erstatter, gamle kode, vanha koodi, edellinen koodi, stary kod, poprzedni kod, zastępuje,
        starý kód, předchozí kód, nahrazuje, régi kód, korábbi kód, старый код, предыдущий код, прежний код, заменяет, вместо,
        старий код, попередній код, замінює, замість, стар код, предишен код, παλιός κωδικός, προηγούμενος κωδικός, eski kod*,
        önceki kod*, *הקוד הישן*, *הקוד הקודם*, الرمز القديم, الرمز السابق, کد قبلی, پرانا کوڈ, पुराना कोड, পুরানো কোড,
        รหัสเดิม, รหัสเก่า, mã cũ, mã trước, kode lama, kod lama, kode sebelumnya, 旧验证码, 原验证码, 之前的验证码, 舊驗證碼, 以前のコード,
        古いコード, 前の認証コード, 이전 코드, 기존 코드, 이전 인증번호
        """
    ]

    /// An amount of something stands before it.
    static let unit: [String] = [
        """
        minute, minutes, min, mins, minuten, minuto, minutos, minuti, minuter, minutter, minuttia, minuta, minuty, minut,
        minute, minuto, minūtes, second, seconds, sec, secs, sekunden, secondes, segundos, secondi, sekunder, sekuntia,
        sekund, sekundy, hour, hours, hr, hrs, stunde, stunden, std, heure, heures, hora, horas, ora, ore, timmar, timer,
        tuntia, godzin, godziny, hodin, hodiny, óra, perc, day, days, tag, tage, tagen, jour, jours, día, días, dia, dias,
        giorni, dagar, dager, dage, päivää, dni, dnů, nap, мин, минут*, сек, секунд*, час, часа, часов, дн, дней, день,
        хв, хвилин*, годин*, днів, λεπτά, ώρες, ημέρες, dakika*, dk, saniye, saat, gün, daqiqa*, soat, kun, דקות, שעות,
        ימים, دقائق, دقيقة, ساعة, ساعات, يوم, أيام, دقیقه, ثانیه, ساعت, روز, منٹ, گھنٹے, मिनट*, सेकंड, घंटे, दिन, মিনিট*,
        ঘণ্টা, দিন, นาที, วินาที, ชั่วโมง, วัน, phút, giây, giờ, ngày, menit, detik, jam, hari, minit, saat, 分, 分钟, 分鐘, 秒, 秒钟, 小时, 小時,
        天, 日, 分間, 時間, 年, 月, 분, 초, 시간, 일, 년, 월
        """,
        """
        points, point, pts, miles, coins, credits, stars, gb, mb, tb, kb, km, kg, kwh, mah, ml, people, customers, users,
        items, units, pcs, steps, calories, kcal, mph, punkte, punkten, punti, puntos, pontos, баллов, балла, баллы, бонусов,
        балів, гб, мб, км, кг, шт, puan, punktów, points fidélité, diamonds, tokens, entries, followers, views, likes,
        积分, 點, ポイント, 포인트, 件, 人, 名, 個, 个, 개, 명, percent, prozent, pct
        """,
    ]

    /// Money, beside an amount.
    static let currency: [String] = [
        """
        usd, eur, gbp, inr, rs, pkr, bdt, lkr, npr, jpy, cny, rmb, krw, rub, uah, kzt, uzs, byn, gel, amd, azn, tl, ils, nis,
        sar, aed, egp, qar, kwd, bhd, omr, jod, mad, dzd, tnd, ngn, kes, ghs, zar, etb, tzs, ugx, thb, vnd, idr, rp, myr, rm, sgd,
        hkd, twd, php, aud, nzd, cad, mxn, brl, ars, cop, clp, pen, pln, czk, huf, ron, bgn, chf, sek, nok, dkk, isk, btc, eth, usdt,
        ltc, bnb, mop, lek, irr, iqd, mnt, khr, lak, mmk, ks, dollars, dollar, euros, euro, pounds, rupees, rupee, yen, won, yuan, pesos, peso, reais,
        real, zł, zl, złotych, kč, ft, forint, lei, leu, лв, kr, kronor, kroner, руб*, р, грн, гривень, тенге, тг, сум, сом, so'm, som, лари,
        драм, lira, manat, ريال, درهم, دينار, جنيه, ليرة, ریال, تومان, روپے, روپیہ, ש״ח, שח, שקלים, रुपये, रु, টাকা, บาท, đ, đồng, dong, vnđ, rupiah, ringgit,
        元, 块, 圓, 円, 원, 人民币, 港币, ευρώ, eurot, euroa, soles, bs, gs, taka, birr, naira, shilling, shillings, ksh, cents, cent
        """
    ]

    /// Months, whose neighbour may be a year.
    static let month: [String] = [
        """
        january, february, march, april, may, june, july, august, september, october, november, december, jan, feb, mar,
        apr, jun, jul, aug, sep, sept, oct, nov, dec, januar, februar, märz, mai, juni, juli, oktober, dezember, janvier,
        février, mars, avril, juin, juillet, août, septembre, octobre, novembre, décembre, enero, febrero, marzo, abril,
        mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre, janeiro, fevereiro, março, maio, junho,
        julho, setembro, outubro, novembro, dezembro, gennaio, febbraio, aprile, maggio, giugno, luglio, settembre,
        ottobre, dicembre, ianuarie, februarie, martie, aprilie, iunie, iulie, septembrie, octombrie, noiembrie, decembrie,
        января, февраля, марта, апреля, мая, июня, июля, августа, сентября, октября, ноября, декабря, січня, лютого,
        березня, квітня, травня, червня, липня, серпня, вересня, жовтня, листопада, грудня, stycznia, lutego, marca,
        kwietnia, maja, czerwca, lipca, sierpnia, września, października, listopada, grudnia, ocak, şubat, mart, nisan,
        mayıs, haziran, temmuz, ağustos, eylül, ekim, kasım, aralık, يناير, فبراير, مارس, أبريل, مايو, يونيو, يوليو, أغسطس,
        سبتمبر, أكتوبر, نوفمبر, ديسمبر, ม.ค., ก.พ., มี.ค., tháng, januari, februari, maret, mei, agustus, desember
        """
    ]
}
