/// The words of the services people ask for most: service, language, text. Composed here after the manner of each
/// service, none of them a message anybody received.
enum WordingTable {
    /// Where the sender is not the brand.
    static let senders: [String: String] = [
        "google": "Google", "facebook": "FACEBOOK", "microsoft": "Microsoft", "vkontakte": "VK", "yandex": "Yandex",
        "uber": "UBER", "grabtaxi": "Grab", "amazon": "AMAZON", "openai": "OpenAI", "tiktok": "TikTok",
        "mailru": "Mail.Ru", "odnoklassniki": "OK.RU", "ozon": "OZON.ru", "wildberries": "WILDBERRIES",
    ]

    static let text = #"""
        telegram|en|Telegram code: {c}\n\nYou can also tap on this link to log in:\nhttps://t.me/login/{n}
        telegram|en|Login code: {c}. Do not give this code to anyone, even if they say they are from Telegram!
        telegram|ru|Код для входа в Telegram: {c}. Никому его не сообщайте.
        telegram|uk|Код для входу в Telegram: {c}. Нікому його не повідомляйте.
        telegram|es|Código de Telegram: {c}\n\nNo lo compartas con nadie.
        telegram|pt|Código do Telegram: {c}. Não o informe a ninguém.
        telegram|de|Telegram-Code: {c}\n\nGib ihn niemandem weiter.
        telegram|id|Kode Telegram: {c}. Jangan berikan kode ini kepada siapa pun.
        telegram|fa|کد تلگرام: {l}\nاین کد را در اختیار کسی نگذارید.
        telegram|uz|Telegram kodi: {c}. Uni hech kimga bermang.
        telegram|ar|رمز تيليجرام: {c}. لا تعطه لأي شخص.
        whatsapp|en|<#> Your WhatsApp code: {c}\nDon't share this code with others\n{h}
        whatsapp|en|Your WhatsApp code: {c}\n\nYou can also tap this link to verify your phone: v.whatsapp.com/{n}\n\nDon't share this code with others
        whatsapp|ru|<#> Код WhatsApp: {c}\nНе сообщайте его никому\n{h}
        whatsapp|es|<#> Tu código de WhatsApp es {c}\nNo compartas este código\n{h}
        whatsapp|pt|Seu código do WhatsApp: {c}\n\nOu toque neste link para confirmar: v.whatsapp.com/{n}\n\nNão compartilhe este código
        whatsapp|de|<#> Dein WhatsApp-Code: {c}\nGib diesen Code nicht weiter\n{h}
        whatsapp|fr|<#> Votre code WhatsApp : {c}\nNe le partagez avec personne\n{h}
        whatsapp|id|<#> Kode WhatsApp Anda: {c}\nJangan bagikan kode ini\n{h}
        whatsapp|ar|<#> رمز واتساب الخاص بك: {c}\nلا تشاركه مع أحد\n{h}
        whatsapp|hi|<#> आपका WhatsApp कोड: {c}\nइसे किसी को न बताएँ\n{h}
        google|en|{c} is your Google verification code. Don't share your code with anyone.
        google|en|{c} is your Google verification code.
        google|ru|{c} – ваш код подтверждения Google. Никому не сообщайте его.
        google|uk|{c} – ваш код підтвердження Google.
        google|es|{c} es tu código de verificación de Google. No lo compartas.
        google|pt|{c} é seu código de verificação do Google.
        google|fr|{c} est votre code de validation Google.
        google|de|{c} ist dein Google-Bestätigungscode.
        google|it|{c} è il tuo codice di verifica Google.
        google|pl|{c} to Twój kod weryfikacyjny Google.
        google|ja|{c} が Google の確認コードです。
        google|id|{c} adalah kode verifikasi Google Anda.
        google|tr|{c}, Google doğrulama kodunuzdur.
        google|vi|{c} là mã xác minh Google của bạn.
        google|zh|{c} 是您的 Google 验证码。
        facebook|en|{c} is your Facebook confirmation code
        facebook|en|FB-{c} is your Facebook confirmation code
        facebook|ru|{c} — ваш код подтверждения Facebook
        facebook|es|{c} es tu código de confirmación de Facebook
        facebook|pt|{c} é seu código de confirmação do Facebook
        facebook|fr|{c} est votre code de confirmation Facebook
        facebook|th|{c} คือรหัสยืนยัน Facebook ของคุณ
        facebook|id|{c} adalah kode konfirmasi Facebook Anda
        facebook|ar|{c} هو رمز تأكيد فيسبوك الخاص بك
        instagram|en|{c} is your Instagram code. Don't share it.
        instagram|en|<#> {c} is your Instagram code. Don't share it. {h}
        instagram|ru|{c} — ваш код Instagram. Никому его не сообщайте.
        instagram|es|{c} es tu código de Instagram. No lo compartas.
        instagram|pt|{c} é seu código do Instagram. Não compartilhe.
        instagram|de|{c} ist dein Instagram-Code. Gib ihn nicht weiter.
        instagram|tr|{c}, Instagram kodun. Kodu kimseyle paylaşma.
        instagram|id|{c} adalah kode Instagram Anda. Jangan bagikan kode ini.
        twitter|en|Your X confirmation code is {c}. Don't reply to this message with your code.
        twitter|es|Tu código de confirmación de X es {c}.
        twitter|ja|X認証コードは{c}です。このメッセージに返信しないでください。
        twitter|ru|Ваш код подтверждения X: {c}.
        discord|en|Your Discord verification code is: {c}
        discord|ru|Ваш проверочный код Discord: {c}
        discord|fr|Votre code de vérification Discord est : {c}
        discord|de|Dein Discord-Verifizierungscode lautet: {c}
        wechat|en|[WeChat] Verification code {c}, valid for 10 minutes. Do not forward it to others.
        wechat|zh|【微信】验证码{c}，用于注册微信，10分钟内有效，请勿转发他人。
        wechat|ru|[WeChat] Код подтверждения: {c}. Никому его не пересылайте.
        line|en|Enter {c} as the verification code on LINE. Never share it. The code is valid for 30 minutes.
        line|ja|認証番号「{c}」をLINEで入力してください。他人には絶対に教えないでください。30分間有効です。
        line|th|ใส่รหัสยืนยัน {c} ในแอป LINE ห้ามบอกรหัสนี้แก่ผู้อื่น
        line|zh|請在LINE輸入認證碼「{c}」。切勿告知他人。認證碼30分鐘內有效。
        viber|en|Your Viber code: {c}. You can also tap this link to finish your activation: https://unv.viber.com/a/{n}
        viber|ru|Ваш код Viber: {c}. Никому его не сообщайте.
        viber|uk|Ваш код Viber: {c}. Нікому його не повідомляйте.
        viber|el|Ο κωδικός ενεργοποίησης Viber είναι: {c}. Μην τον μοιραστείτε.
        viber|bg|Вашият код за Viber: {c}
        snapchat|en|Snapchat Code: {c}. Happy Snapping!
        snapchat|fr|Code Snapchat : {c}. Ne le partage pas !
        snapchat|ar|رمز سناب شات: {c}. لا تشاركه!
        snapchat|de|Snapchat-Code: {c}. Gib ihn nicht weiter.
        tiktok|en|[TikTok] {c} is your verification code, valid for 5 minutes. To keep your account safe, never forward this code.
        tiktok|es|[TikTok] {c} es tu código de verificación, válido durante 5 minutos.
        tiktok|vi|[TikTok] {c} là mã xác minh của bạn, có hiệu lực trong 5 phút.
        tiktok|ru|[TikTok] {c} — ваш код подтверждения. Срок действия: 5 минут.
        tiktok|pt|[TikTok] {c} é seu código de verificação, válido por 5 minutos.
        tiktok|id|[TikTok] {c} adalah kode verifikasi Anda, berlaku selama 5 menit.
        linkedin|en|Your LinkedIn verification code is {c}.
        linkedin|fr|Votre code de vérification LinkedIn est {c}.
        linkedin|es|Tu código de verificación de LinkedIn es {c}.
        kakaotalk|en|[Kakao] Your verification code is {c}. Do not share it.
        kakaotalk|ko|[카카오] 인증번호 {c}를 입력해 주세요. 타인에게 공유하지 마세요.
        kakaotalk|ja|[Kakao] 認証番号：{c}
        signal|en|SIGNAL: Do NOT share this code with anyone. If anyone asks for it, it's a SCAM. Your code is: {c}\n{h}
        signal|de|SIGNAL: Gib diesen Code NIEMANDEM weiter. Dein Code lautet: {c}
        signal|fr|SIGNAL : ne partagez JAMAIS ce code. Votre code : {c}
        signal|ru|SIGNAL: НИКОМУ не сообщайте этот код: {c}
        vkontakte|en|VK: {c} - use this code to sign in.
        vkontakte|ru|VK: {c} — ваш код. Никому его не сообщайте, даже сотрудникам VK.
        vkontakte|kk|VK: {c} — сіздің кодыңыз. Оны ешкімге айтпаңыз.
        odnoklassniki|ru|ОК: код подтверждения {c}. Никому не говорите его.
        odnoklassniki|en|OK: your confirmation code is {c}
        zalo|en|{c} is your Zalo verification code. Do not share it.
        zalo|vi|[Zalo] Ma xac thuc cua ban la {c}. Vui long khong chia se.
        tinder|en|Your Tinder code is {c}. Don't share it. @tinder.com #{n}
        tinder|es|Tu código de Tinder es {c}. No lo compartas.
        tinder|pt|Seu código do Tinder é {c}. Não compartilhe.
        tinder|de|Dein Tinder-Code lautet {c}. Gib ihn nicht weiter.
        badoo|en|{c} is your Badoo verification code.
        badoo|es|{c} es tu código de verificación de Badoo.
        badoo|pt|{c} é seu código de verificação do Badoo.
        amazon|en|{c} is your Amazon OTP. Do not share it with anyone.
        amazon|de|Amazon: Dein Einmalkennwort lautet {c}. Gib es an niemanden weiter.
        amazon|es|{c} es tu contraseña de un solo uso de Amazon. No la compartas.
        amazon|ja|Amazon：{c} がお客様の確認コードです。誰にも教えないでください。
        amazon|hi|{c} आपका Amazon OTP है। इसे किसी के साथ साझा न करें।
        paypal|en|PayPal: {c} is your security code. It expires in 10 minutes. Don't share it with anyone.
        paypal|es|PayPal: tu código de seguridad es {c}. Vence en 10 minutos.
        paypal|de|PayPal: Dein Sicherheitscode lautet {c}. Er läuft in 10 Minuten ab.
        paypal|fr|PayPal : {c} est votre code de sécurité. Il expire dans 10 minutes.
        ebay|en|eBay: Your security code is {c}. Do not share this code.
        ebay|de|eBay: Ihr Sicherheitscode ist {c}.
        shopee|en|[Shopee] Your verification code is {c}. NEVER share it with anyone.
        shopee|id|[Shopee] JANGAN BERI kode ini ke siapa pun: {c}
        shopee|vi|[Shopee] Ma xac minh cua ban la {c}. Khong chia se voi bat ky ai.
        shopee|th|[Shopee] รหัส OTP ของคุณคือ {c} ห้ามบอกผู้อื่น
        shopee|pt|[Shopee] Seu código de verificação é {c}. Não compartilhe.
        ozon|ru|{c} — код для входа в Ozon. Никому его не сообщайте.
        ozon|en|{c} is your Ozon sign-in code.
        wildberries|ru|Код для входа на Wildberries: {c}. Никому не сообщайте.
        wildberries|en|Wildberries code: {c}
        uber|en|Your Uber code is {c}. Never share this code. Reply STOP ALL to unsubscribe.
        uber|fr|Votre code Uber est {c}. Ne le partagez jamais. {h}
        uber|es|Tu código de Uber es {c}. Nunca lo compartas.
        uber|pt|Seu código Uber é {c}. Nunca compartilhe este código.
        bolt|en|Your Bolt code is {c}. {h}
        bolt|et|Sinu Bolti kood on {c}
        bolt|pl|Twój kod Bolt: {c}
        bolt|ro|Codul tău Bolt este {c}
        gojek|en|Your Gojek OTP is {c}. DON'T SHARE IT with anyone, including Gojek.
        gojek|id|OTP: {c}. JANGAN KASIH kode ini ke siapa pun, termasuk pihak Gojek.
        grabtaxi|en|Your Grab Activation Code (GAC) is {c}. It expires in 5 minutes. Do not share it.
        grabtaxi|id|Kode aktivasi Grab (GAC) kamu {c}. Berlaku 5 menit. JANGAN bagikan ke siapa pun.
        grabtaxi|vi|Ma kich hoat Grab (GAC) cua ban la {c}. Het han sau 5 phut.
        grabtaxi|th|รหัส Grab (GAC) ของคุณคือ {c} หมดอายุใน 5 นาที
        netflix|en|Your Netflix verification code is {c}. Do not share it with anyone. We'll never contact you to ask for it.
        netflix|es|Netflix: tu código de verificación es {c}. No lo compartas.
        netflix|pt|Netflix: seu código de verificação é {c}. Não compartilhe.
        steam|en|Steam: {c} is your verification code. Use it to add this phone number to your account.
        steam|ru|Steam: {c} — ваш код подтверждения.
        steam|de|Steam: {c} ist dein Bestätigungscode.
        steam|zh|Steam：您的验证码是 {c}
        apple|en|Your Apple Account code is: {c}. Don't share it with anyone.\n@apple.com #{n} %apple.com
        apple|de|Dein Apple Account-Code lautet: {c}. Teile ihn mit niemandem.
        apple|fr|Votre code de compte Apple est : {c}. Ne le partagez avec personne.
        apple|zh|你的 Apple 账户代码为：{c}。请勿与他人分享。
        apple|ru|Код учетной записи Apple: {c}. Никому его не сообщайте.
        microsoft|en|Use {c} as Microsoft account security code
        microsoft|en|Microsoft access code: {c}
        microsoft|nl|Gebruik {c} als beveiligingscode voor je Microsoft-account
        microsoft|de|{c} als Microsoft-Sicherheitscode verwenden
        microsoft|ru|Используйте {c} как код безопасности учетной записи Microsoft
        microsoft|es|Usa {c} como código de seguridad de la cuenta Microsoft
        blizzard|en|Blizzard Entertainment: your security code is {c}, it expires in 15 minutes.
        blizzard|de|Blizzard Entertainment: Dein Sicherheitscode lautet {c}. Er läuft in 15 Minuten ab.
        coinbase|en|Your Coinbase verification code is: {c}. Don't share this code with anyone; our employees will never ask for it.
        coinbase|es|Tu código de verificación de Coinbase es: {c}. No lo compartas con nadie.
        binance|en|[Binance] Verification code: {c}. Beware of scam calls and phishing. Valid for 10 minutes.
        binance|tr|[Binance] Doğrulama kodu: {c}. Bu kodu kimseyle paylaşmayın.
        binance|ru|[Binance] Код подтверждения: {c}. Остерегайтесь мошенников.
        binance|vi|[Binance] Mã xác minh: {c}. Không tiết lộ mã này.
        openai|en|Your OpenAI verification code is: {c}
        openai|de|Dein OpenAI-Verifizierungscode lautet: {c}
        openai|ja|OpenAI の認証コード：{c}
        openai|hi|आपका OpenAI सत्यापन कोड है: {c}
        claudeai|en|Your Claude verification code is: {c}
        claudeai|fr|Votre code de vérification Claude : {c}
        yahoo|en|{c} is your Yahoo verification code. Don't share it.
        yahoo|zh|{c} 是您的 Yahoo 驗證碼。
        mailru|ru|Ваш код: {c}. Никому его не сообщайте. Mail.ru
        mailru|en|Your Mail.ru code: {c}
        protonmail|en|Your Proton verification code is: {c}
        protonmail|fr|Votre code de vérification Proton est : {c}
        yandex|ru|Ваш код подтверждения: {c}. Наберите его в поле ввода.
        yandex|en|Your confirmation code is {c}. Please enter it in the text field.
        yandex|kk|Растау коды: {c}. Оны енгізу жолына теріңіз.
        airbnb|en|Your Airbnb verification code is: {c}. Don't share this code with anyone.
        airbnb|es|Tu código de verificación de Airbnb es: {c}.
        airbnb|fr|Votre code de vérification Airbnb est : {c}.
        airbnb|ko|에어비앤비 인증 코드: {c}
        nike|en|Your Nike verification code is {c}
        nike|zh|【Nike】您的验证码为：{c}
        nike|ja|Nikeの認証コード：{c}
        avito|ru|{c} — код для входа на Авито. Никому его не сообщайте.
        avito|en|{c} is your Avito code.
        olx|en|Your OLX code is {c}
        olx|pl|Twój kod OLX to {c}. Nie podawaj go nikomu.
        olx|uk|Ваш код OLX: {c}. Нікому його не повідомляйте.
        olx|pt|Seu código OLX é {c}
        glovo|en|Your Glovo code is {c}
        glovo|es|Tu código de Glovo es {c}
        glovo|it|Il tuo codice Glovo è {c}
        revolut|en|Your Revolut verification code is {c}. Never share it with anyone, ever.
        revolut|pl|Twój kod weryfikacyjny Revolut: {c}. Nigdy go nie udostępniaj.
        wolt|en|Your Wolt verification code is {c}
        wolt|fi|Wolt-vahvistuskoodisi on {c}.
        wolt|he|קוד האימות שלך ב-Wolt הוא {c}. אין לשתף אותו.
        foodora|en|Your foodora code is {c}
        foodora|hu|A foodora ellenőrző kódod: {c}. Kérjük, ne oszd meg senkivel.
        foodora|sv|Din foodora-kod är {c}
        mercari|ja|【メルカリ】認証番号：{c}\nこの番号をアプリの画面で入力してください。
        mercari|en|Mercari: your verification code is {c}
        naver|ko|[네이버] 인증번호 [{c}]를 입력해주세요.
        naver|en|[NAVER] Your verification code is {c}
        indriver|en|{c} is your inDrive code
        indriver|ru|{c} — ваш код inDrive
        indriver|es|{c} es tu código de inDrive
        didi|en|[DiDi] {c} is your verification code. Valid for 5 minutes.
        didi|es|[DiDi] {c} es tu código de verificación. No lo compartas.
        didi|pt|[99] {c} é seu código. Não compartilhe.
        didi|zh|【滴滴出行】您的验证码是{c}，请勿泄露。
        """#
}
