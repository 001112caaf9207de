/// What a service without words of its own writes: language, text.
enum GenericWordingTable {
    static let text = #"""
        en|Your {b} verification code is {c}
        en|{c} is your {b} code. Don't share it with anyone.
        en|{b}: use {c} to confirm your phone number. The code expires in 10 minutes.
        ru|Ваш код подтверждения {b}: {c}
        ru|{b}: код {c}. Никому его не сообщайте.
        uk|Ваш код підтвердження {b}: {c}
        uk|{b}: код {c}. Нікому його не повідомляйте.
        es|Tu código de verificación de {b} es {c}
        es|{c} es tu código de {b}. No lo compartas con nadie.
        pt|Seu código de verificação {b} é {c}
        pt|{b}: use o código {c} para confirmar seu número. Não compartilhe.
        fr|Votre code de vérification {b} est {c}
        fr|{b} : {c} est votre code. Ne le communiquez à personne.
        de|Dein {b}-Bestätigungscode lautet {c}
        de|{b}: {c} ist dein Code. Gib ihn nicht weiter.
        it|Il tuo codice di verifica {b} è {c}
        it|{c} è il tuo codice {b}. Non condividerlo con nessuno.
        nl|Je {b}-verificatiecode is {c}
        nl|{b}: gebruik {c} om je nummer te bevestigen. Deel deze code niet.
        pl|Twój kod weryfikacyjny {b} to {c}
        pl|{b}: kod {c}. Nie podawaj go nikomu.
        cs|Váš ověřovací kód {b} je {c}
        sk|Váš overovací kód {b} je {c}
        hu|A(z) {b} ellenőrző kódod: {c}. Ne add meg senkinek.
        ro|Codul tău de verificare {b} este {c}
        bg|Вашият код за потвърждение от {b} е {c}
        sr|Vaš {b} verifikacioni kod je {c}
        hr|Vaš {b} kôd za potvrdu je {c}
        sl|Vaša potrditvena koda {b} je {c}
        mk|Вашиот код за потврда од {b} е {c}
        sq|Kodi juaj i verifikimit për {b} është {c}
        el|Ο κωδικός επαλήθευσης {b} είναι {c}
        tr|{b} doğrulama kodunuz: {c}. Kimseyle paylaşmayın.
        az|{b} təsdiq kodunuz: {c}
        kk|{b} растау коды: {c}. Ешкімге айтпаңыз.
        uz|{b} tasdiqlash kodingiz: {c}. Hech kimga bermang.
        ky|{b} ырастоо кодуңуз: {c}
        tg|Рамзи тасдиқи {b}: {c}
        mn|{b} баталгаажуулах код: {c}
        ka|თქვენი {b}-ის დამადასტურებელი კოდია {c}
        hy|Ձեր {b} հաստատման կոդն է՝ {c}
        lt|Jūsų {b} patvirtinimo kodas: {c}
        lv|Jūsu {b} apstiprinājuma kods: {c}
        et|Sinu {b} kinnituskood on {c}
        fi|{b}-vahvistuskoodisi on {c}. Älä jaa sitä kenellekään.
        sv|Din verifieringskod för {b} är {c}
        no|Din {b}-bekreftelseskode er {c}
        da|Din {b}-bekræftelseskode er {c}
        ar|رمز التحقق الخاص بك في {b} هو {c}
        ar|{b}: رمزك هو {c}. لا تشاركه مع أي شخص.
        he|קוד האימות שלך ב-{b} הוא {c}
        fa|کد تأیید {b} شما: {l}
        ur|آپ کا {b} تصدیقی کوڈ {c} ہے۔ کسی کو نہ بتائیں۔
        hi|आपका {b} सत्यापन कोड {c} है। इसे किसी के साथ साझा न करें।
        bn|আপনার {b} যাচাইকরণ কোড {l}
        ne|तपाईंको {b} प्रमाणीकरण कोड {c} हो।
        id|Kode verifikasi {b} Anda adalah {c}. Jangan berikan kepada siapa pun.
        ms|Kod pengesahan {b} anda ialah {c}. Jangan kongsi kod ini.
        tl|Ang iyong {b} verification code ay {c}. Huwag itong ibahagi.
        vi|Mã xác minh {b} của bạn là {c}. Không chia sẻ mã này với ai.
        th|รหัสยืนยัน {b} ของคุณคือ {c}
        zh|【{b}】验证码：{c}，请勿泄露给他人。
        zh|您的{b}验证码是{c}，10分钟内有效。
        ja|【{b}】認証コード：{c}\nこのコードを誰にも教えないでください。
        ko|[{b}] 인증번호는 {c}입니다. 타인에게 알려주지 마세요.
        sw|Nambari yako ya uthibitisho ya {b} ni {c}
        """#
}
