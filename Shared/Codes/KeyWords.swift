/// The words that name a code, by language. Written as people write them; case and accents are folded away when they
/// are read. A star stands for further letters of the same word.
///
/// To teach the extractor a language, add its words here and two texts to the tests.
enum KeyWords {
    /// Beyond doubt: the number beside it is a code to type in.
    static let strong: [String] = [
        // International
        "otp, otps, otpcode, totp, 2fa, tac, mtan, smstan, tan code, smscode, sms code, gac",
        // English
        """
        one time password, one time passcode, one time code, one time pin, one time verification, onetime password,
        verification code, verification number, verification pin, verification passcode, verify code, verifycode,
        confirmation code, authentication code, authentication number, authorization code, authorisation code,
        security code, security pin, secure code, safety code, activation code, activation key, access code,
        login code, log in code, sign in code, signin code, sign up code, signup code, registration code, passcode,
        passcodes, auth code, authenticator code, account code, unlock code, recovery code, reset code, password code,
        two factor, two step, single use code, temporary password, temporary code, dynamic password, entry code,
        validation code, identification code, code to log in, code to verify, code to sign in, reset pin
        """,
        // German, Dutch, Afrikaans, Luxembourgish
        """
        *bestätigungscode*, *bestaetigungscode*, *sicherheitscode*, *verifizierungscode*, *verifikationscode*,
        *aktivierungscode*, *zugangscode*, *anmeldecode*, *einmalcode*, *einmalkennwort*, *einmalpasswort*,
        *authentifizierungscode*, *freischaltcode*, *prüfcode*, *registrierungscode*, *zugriffscode*, *logincode*,
        bestätigungsnummer, einmaliger code, einmaligen code, *kennwort lautet*, mobile tan, ihre tan, die tan, tan lautet, sms tan,
        *verificatiecode*, *beveiligingscode*, *bevestigingscode*, *inlogcode*, *toegangscode*, *activeringscode*,
        *activatiecode*, *registratiecode*, eenmalige code, eenmalig wachtwoord, *verificatienummer*, *aanmeldcode*,
        *verifikasiekode*, *bevestigingskode*, *sekuriteitskode*, eenmalige pin, eenmalige wagwoord, *bestätegungscode*
        """,
        // French, Spanish, Portuguese, Italian, Catalan, Galician, Romanian
        """
        code de vérification, code de confirmation, code de sécurité, code d'activation, code d'authentification,
        code d'accès, code de connexion, code de validation, code d'identification, code à usage unique, code unique,
        code secret, code confidentiel, mot de passe à usage unique, mot de passe unique, code temporaire,
        code provisoire, numéro de vérification, code d’activation, code d’authentification, code d’accès,
        code d’identification, code d'inscription, code d’inscription,
        código de verificación, código de confirmación, código de seguridad, código de activación, código de acceso,
        código de autenticación, código de autorización, código de inicio de sesión, código de registro,
        código de validación, código único, código de un solo uso, contraseña de un solo uso, contraseña temporal,
        clave de acceso, clave temporal, clave dinámica, clave de un solo uso, clave única, clave de verificación,
        clave de seguridad, clave de confirmación, clave digital, clave sms, codigo sms, código temporal,
        código de verificação, código de confirmação, código de segurança, código de ativação, código de acesso,
        código de autenticação, código de autorização, código de login, código de uso único, senha de uso único,
        senha temporária, senha única, código de registo, código de início de sessão, código de identificação,
        código de validação, token de segurança, senha descartável, palavra passe temporária,
        codice di verifica, codice di conferma, codice di sicurezza, codice di attivazione, codice di accesso,
        codice di autenticazione, codice di autorizzazione, codice temporaneo, codice monouso, codice usa e getta,
        password monouso, password temporanea, codice d'accesso, codice segreto, codice di login, codice di convalida,
        codi de verificació, codi de confirmació, codi de seguretat, codi d'accés, codi d'activació, codi d'un sol ús,
        código de verificación, código de confirmación,
        cod de verificare, codul de verificare, cod de confirmare, codul de confirmare, cod de securitate,
        codul de securitate, cod de activare, codul de activare, cod de autentificare, codul de autentificare,
        cod de acces, codul de acces, cod unic, codul unic, cod de autorizare, codul de autorizare, parola unică,
        parolă unică, parola de unică folosință, cod de validare, codul de validare, codul de siguranță
        """,
        // Swedish, Norwegian, Danish, Icelandic, Faroese
        """
        *verifieringskod*, *säkerhetskod*, *bekräftelsekod*, *engångskod*, *engångslösenord*, *inloggningskod*,
        *aktiveringskod*, *autentiseringskod*, *verifikationskod*, *bekräftelsekode*, *verifiseringskode*,
        *bekreftelseskode*, *sikkerhetskode*, *engangskode*, *engangspassord*, *aktiveringskode*, *innloggingskode*,
        *påloggingskode*, *autentiseringskode*, *verifikationskode*, *verificeringskode*, *bekræftelseskode*,
        *sikkerhedskode*, *godkendelseskode*, *engangsadgangskode*, *loginkode*, *adgangskode*, *kontrolkode*,
        *staðfestingarkóði*, *staðfestingarkóðinn*, *öryggiskóði*, *öryggiskóðinn*, *auðkenningarkóði*, *váttanarkota*
        """,
        // Finnish, Estonian, Hungarian
        """
        *vahvistuskoodi*, *turvakoodi*, *kertakäyttökoodi*, *varmennuskoodi*, *kirjautumiskoodi*, *aktivointikoodi*,
        *todennuskoodi*, *kertakäyttösalasana*, *kertakoodi*, tunnusluku*, *vahvistustunnu*, kertatunnu*, tunnuksella, *kinnituskood*, *turvakood*, *ühekordne kood*,
        *aktiveerimiskood*, *sisselogimiskood*, *kontrollkood*, ellenőrző kód*, megerősítő kód*, biztonsági kód*,
        aktiváló kód*, hitelesítő kód*, hitelesítési kód*, belépési kód*, belépőkód*, egyszeri jelszó*, egyszeri kód*,
        azonosító kód*, visszaigazoló kód*, igazoló kód*, jóváhagyó kód*, megerősítési kód*
        """,
        // Polish, Czech, Slovak, Slovenian, Croatian, Bosnian, Serbian
        """
        kod weryfikacyjny, kodu weryfikacyjnego, kod potwierdzający, kod potwierdzenia, kod bezpieczeństwa,
        kod aktywacyjny, kod dostępu, kod autoryzacyjny, kod autoryzacji, hasło jednorazowe, kod jednorazowy,
        jednorazowy kod, jednorazowe hasło, kod logowania, kod do logowania, kod uwierzytelniający, kod rejestracyjny,
        kod SMS, smskod, hasło sms, kod weryfikacji,
        ověřovací kód, ověřovacího kódu, ověřovacím kódem, potvrzovací kód, bezpečnostní kód, aktivační kód,
        přihlašovací kód, jednorázové heslo, jednorázový kód, autorizační kód, autentizační kód, kód pro přihlášení,
        kód pro ověření, kód k ověření, sms kód, přístupový kód, autentifikační kód, registrační kód,
        overovací kód, potvrdzovací kód, bezpečnostný kód, aktivačný kód, prihlasovací kód, jednorazové heslo,
        jednorazový kód, autorizačný kód, prístupový kód, kód na overenie, overovacieho kódu,
        potrditvena koda, koda za preverjanje, varnostna koda, enkratno geslo, aktivacijska koda, koda za potrditev,
        kontrolni kod, kod za potvrdu, verifikacijski kod, verifikacijski kôd, sigurnosni kod, sigurnosni kôd,
        jednokratna lozinka, jednokratni kod, aktivacijski kod, kôd za potvrdu, kod za prijavu, verifikacioni kod,
        kod za verifikaciju, bezbednosni kod, pristupni kod, potvrdni kod, kontrolni kôd,
        верификациони код, сигурносни код, безбедносни код, код за потврду, једнократна лозинка, код за верификацију
        """,
        // Russian, Ukrainian, Belarusian, Bulgarian, Macedonian, Kazakh, Kyrgyz, Tajik, Mongolian
        """
        код подтверждения, кода подтверждения, кодом подтверждения, код для подтверждения, код проверки,
        проверочный код, код доступа, код авторизации, код активации, код входа, код для входа, код безопасности,
        код регистрации, код для регистрации, одноразовый пароль, одноразовый код, одноразового пароля,
        одноразового кода, временный пароль, временный код, код верификации, смс код, sms код, код из смс, код из sms,
        секретный код, подтверждающий код, код аутентификации, пароль для входа, пароль для подтверждения,
        код для авторизации, код для подключения, разовый пароль, разовый код, код для оплаты, код восстановления,
        код підтвердження, коду підтвердження, код для підтвердження, код перевірки, код доступу, код активації,
        код входу, код для входу, код безпеки, одноразовий пароль, одноразовий код, код авторизації, код верифікації,
        тимчасовий пароль, код реєстрації, перевірочний код, секретний код,
        код пацвярджэння, код пацверджання, код праверкі, аднаразовы пароль, код доступу, аднаразовы код,
        код за потвърждение, код за потвърждаване, код за проверка, код за сигурност, код за достъп, код за вход,
        еднократна парола, еднократен код, код за активация, код за активиране, код за верификация, секретен код,
        верификациски код, код за потврда, безбедносен код, еднократна лозинка, код за верификација,
        растау коды, растау кодыңыз, растау кодын, бір реттік код, бір реттік құпиясөз, тексеру коды, кіру коды,
        ырастоо коду, бир жолку код, текшерүү коду, рамзи тасдиқ, коди тасдиқ, баталгаажуулах код, нэг удаагийн код,
        нэг удаагийн нууц
        """,
        // Greek, Turkish, Azerbaijani, Uzbek, Turkmen, Albanian, Lithuanian, Latvian, Maltese, Irish, Welsh, Basque
        """
        κωδικός επαλήθευσης, κωδικός επιβεβαίωσης, κωδικός ενεργοποίησης, κωδικός ασφαλείας, κωδικός μιας χρήσης,
        κωδικό επαλήθευσης, κωδικό επιβεβαίωσης, κωδικό ενεργοποίησης, κωδικό ασφαλείας, κωδικός πρόσβασης μιας,
        κωδικός σύνδεσης, κωδικός ταυτοποίησης, κωδικός εξουσιοδότησης, μοναδικός κωδικός, προσωρινός κωδικός,
        doğrulama kod*, onay kod*, güvenlik kod*, aktivasyon kod*, giriş kod*, tek kullanımlık şifre*, sms şifre*,
        tek kullanımlık kod*, tek kullanımlık parola*, tek seferlik kod*, tek seferlik şifre*, onay şifre*,
        etkinleştirme kod*, kimlik doğrulama kod*, mobil onay kod*, doğrulama şifre*, 3d secure şifre*, kurtarma kod*,
        təsdiq kod*, təsdiqləmə kod*, doğrulama kod*, birdəfəlik kod*, birdəfəlik şifrə*, birdəfəlik parol*,
        tasdiqlash kod*, tasdiqlash uchun kod*, bir martalik kod*, bir martalik parol*, faollashtirish kod*,
        тасдиқлаш код*, kirish kod*, tassyklama kod*, tassyklaýyş kod*, tassyklayys kod*,
        kodi i verifikimit, kodi i konfirmimit, kodi i sigurisë, kodi verifikues, fjalëkalimi një përdorimësh,
        patvirtinimo kod*, saugos kod*, vienkartinis kod*, vienkartinis slaptažod*, aktyvavimo kod*, prisijungimo kod*,
        verifikācijas kod*, apstiprinājuma kod*, drošības kod*, vienreizēj*, aktivizācijas kod*, pieejas kod*,
        kodiċi ta' verifika, cód fíoraithe, cod dilysu, cod gwirio, egiaztapen kode*, egiaztatze kode*, segurtasun kode*
        """,
        // Hebrew, Arabic, Persian, Urdu, Pashto, Kurdish
        """
        *קוד אימות*, *קוד האימות*, *קוד אבטחה*, *קוד האבטחה*, *קוד הפעלה*, *קוד ההפעלה*, *קוד כניסה*, *קוד הכניסה*,
        *סיסמה חד פעמית*, *קוד חד פעמי*, *קוד החד פעמי*, *קוד זיהוי*, *קוד הזיהוי*, *קוד גישה*, *סיסמא חד פעמית*,
        *رمز التحقق*, *رمز تحقق*, *رمز التأكيد*, *رمز تأكيد*, *رمز التفعيل*, *رمز تفعيل*, *رمز الأمان*, *كود التحقق*,
        *كود التفعيل*, *كود تفعيل*, *رمز الدخول*, *رمز دخول*, *كلمة المرور لمرة واحدة*, *كلمة مرور لمرة واحدة*,
        *كلمة السر لمرة واحدة*, *الرمز السري*, *رمز التعريف*, *رمز المصادقة*, *كود التأكيد*, *رمز لمرة واحدة*,
        *الرمز المؤقت*, *كلمة السر المؤقتة*, *رقم التحقق*, *رمز تسجيل الدخول*, *رمز إثبات*, *رمز التوثيق*,
        *رمز التنشيط*, *رمز الاستخدام*, *كود التسجيل*,
        کد تایید, کد تأیید, کد تائید, کد فعالسازی, کد فعال سازی, کد ورود, کد امنیتی, کد یکبار مصرف, کد یک بار مصرف,
        رمز یکبار مصرف, رمز یک بار مصرف, رمز پویا, رمز عبور, رمز ورود, کد احراز هویت, کد اعتبارسنجی, کد عضویت,
        تصدیقی کوڈ*, توثیقی کوڈ*, او ٹی پی, سیکیورٹی کوڈ*, تصدیق کوڈ*, ون ٹائم پاسورڈ, ون ٹائم پاس ورڈ, ایکٹیویشن کوڈ*,
        د تایید کوډ*, د تصدیق کوډ*, کۆدی پشتڕاستکردنەوە, کۆدی دڵنیایی, koda piştrastkirinê, koda pejirandinê
        """,
        // Hindi, Marathi, Nepali, Bengali, Gujarati, Punjabi, Tamil, Telugu, Kannada, Malayalam, Sinhala
        """
        ओटीपी, वन टाइम पासवर्ड, सत्यापन कोड*, वेरिफिकेशन कोड*, सुरक्षा कोड*, पुष्टिकरण कोड*, एक्टिवेशन कोड*,
        लॉगिन कोड*, पडताळणी कोड*, प्रमाणीकरण कोड*, प्रमाणिकरण कोड*, ওটিপি, যাচাইকরণ কোড*, ভেরিফিকেশন কোড*, নিরাপত্তা কোড*,
        যাচাই কোড*, ওয়ান টাইম পাসওয়ার্ড, নিশ্চিতকরণ কোড*, ઓટીપી, ચકાસણી કોડ*, વેરિફિકેશન કોડ*, ਓਟੀਪੀ, ਪੁਸ਼ਟੀਕਰਨ ਕੋਡ*,
        ਤਸਦੀਕ ਕੋਡ*, ஓடிபி, ஓ.டி.பி, சரிபார்ப்புக் குறியீடு*, சரிபார்ப்பு குறியீடு*, உறுதிப்படுத்தல் குறியீடு*, ఓటీపీ, ఓటిపి,
        ధృవీకరణ కోడ్*, ధ్రువీకరణ కోడ్*, ಒಟಿಪಿ, ಪರಿಶೀಲನಾ ಕೋಡ್*, ದೃಢೀಕರಣ ಕೋಡ್*, ഒടിപി, പരിശോധനാ കോഡ്*, സ്ഥിരീകരണ കോഡ്*,
        සත්‍යාපන කේතය*, තහවුරු කිරීමේ කේතය*
        """,
        // Thai, Lao, Khmer, Burmese
        """
        รหัสยืนยัน, รหัสผ่านครั้งเดียว, รหัสผ่านแบบใช้ครั้งเดียว, รหัสความปลอดภัย, รหัสเปิดใช้งาน, รหัสตรวจสอบ, รหัสโอทีพี, โอทีพี,
        รหัสเข้าสู่ระบบ, รหัสการยืนยัน, รหัสลงทะเบียน, ລະຫັດຢືນຢັນ, ລະຫັດຜ່ານຄັ້ງດຽວ, លេខកូដផ្ទៀងផ្ទាត់, លេខកូដបញ្ជាក់, កូដផ្ទៀងផ្ទាត់,
        လေ့ကုဒ်, အတည်ပြုကုဒ်, အတည်ပြု ကုဒ်, အတည်ပြုနံပါတ်
        """,
        // Vietnamese, Indonesian, Malay, Filipino, Javanese, Swahili, Hausa, Zulu, Amharic
        """
        mã xác minh, mã xác nhận, mã xác thực, mã otp, mã bảo mật, mã kích hoạt, mã đăng nhập, mã đăng ký, mã kiểm tra,
        mật khẩu dùng một lần, mật khẩu một lần, mã an toàn, mã pin, mã số xác nhận, mã số xác thực, mã code,
        kode verifikasi, kode aktivasi, kode konfirmasi, kode keamanan, kode otentikasi, kode autentikasi, kode masuk,
        kode otp, kode rahasia, kata sandi sekali pakai, kode akses, kode login, kode pendaftaran, kode registrasi,
        kod pengesahan, kod keselamatan, kod pengaktifan, kata laluan sekali guna, nombor pengesahan, kod tac, kod log masuk,
        code sa pag verify, verification code mo, kumpirmasyon code, msimbo wa uthibitishaji, nambari ya uthibitisho, ya uthibitisho, wa uthibitisho,
        nambari ya siri, msimbo wa usalama, lambar tantancewa, ikhodi yokuqinisekisa, inombolo yokuqinisekisa,
        የማረጋገጫ ኮድ*, የማረጋገጫ ቁጥር*, የአንድ ጊዜ የይለፍ ቃል
        """,
        // Georgian, Armenian
        """
        დადასტურების კოდ*, ვერიფიკაციის კოდ*, ერთჯერადი კოდ*, ერთჯერადი პაროლ*, აქტივაციის კოდ*, უსაფრთხოების კოդ*,
        հաստատման կոդ*, մուտքի կոդ*, միանգամյա կոդ*, միանգամյա գաղտնաբառ*, ակտիվացման կոդ*
        """,
        // Chinese, Japanese, Korean
        """
        验证码, 驗證碼, 校验码, 校驗碼, 动态码, 動態碼, 动态密码, 動態密碼, 确认码, 確認碼, 认证码, 認證碼, 随机码, 隨機碼, 安全码, 安全碼,
        激活码, 啟動碼, 启用码, 登录码, 登入碼, 登陆码, 短信码, 簡訊碼, 短信密码, 一次性密码, 一次性密碼, 一次性代码, 检验码, 识别码, 注册码,
        註冊碼, 验证代码, 驗證代碼, 验证密码, 驗證密碼, 授权码, 授權碼, 口令, 临时密码, 校验代码, 安全代碼, 安全代码, 登录密码, 登录代码,
        認証コード, 認証番号, 確認コード, 確認番号, 認証キー, ワンタイムパスワード, ワンタイムコード, パスコード, セキュリティコード,
        セキュリティーコード, ログインコード, 検証コード, アクセスコード, 承認番号, 本人確認コード, 認証用コード, 認証ｺｰﾄﾞ, 確認ｺｰﾄﾞ,
        인증번호, 인증 번호, 인증코드, 인증 코드, 확인코드, 확인 코드, 확인번호, 보안코드, 보안 코드, 일회용 비밀번호, 일회용 코드,
        로그인 코드, 승인번호, 본인확인 번호, 일회용 암호, 등록 코드
        """,
    ]

    /// A number or a word to type in, though it may be something else: vouchers have codes too.
    static let plain: [String] = [
        // English, French, Dutch and what takes its "code" from them
        "code, codes, *code, pin, pins, pincode, pin code, passwort, one time, onetime, token, codenr, codenummer",
        // Romance
        "código*, codigo*, clave, claves, senha, codice, codici, codi, codis, cod, codul, codului, coduri, codurile",
        // Slavic in Latin script, Turkic, Hungarian, Baltic, Albanian, Scandinavian
        """
        kod*, *kod, *koden, *kode, *kodin, kodini, kode*, *koder, kód*, *kóði, *kóðinn, koda, heslo, hesla, hasło, şifre*,
        şifrə*, parol, paroli, parola, parolan*, kodas, kods, kodi, kodu, koddur, *koodi*, *kood, *koodiksi,
        jelszó*, jelszav*, slaptažodis
        """,
        // Cyrillic
        "код, кода, коду, кодом, коде, коды, кодов, кодът, кодот, кодыңыз*, коди, код*, құпиясөз*, құпия сөз*, пароль*, пароля, парола, пін, пин, нууц код",
        // Greek, Georgian, Armenian
        "κωδικ*, κωδ, პინ*, კოდ*, პაროლ*, կոդ*, գաղտնաբառ*",
        // Semitic, Persian, Urdu
        "*קוד*, *סיסמה*, *סיסמת*, *סיסמא*, *رمز*, *كود*, الكود, کد, کدتان, کد شما, رمز, کوڈ*, پن کوڈ, پاسورڈ, *کوډ*, *کۆد*, *الرقم السري*",
        // Indic
        "कोड*, पिन*, कोडु, কোড*, পিন, કોડ*, ਕੋਡ*, குறியீடு*, குறியீட்டு*, கோட்*, కోడ్*, ಕೋಡ್*, കോഡ്*, കോഡ*, කේතය*, කේතයයි*",
        // South-east Asia
        "รหัส, โค้ด, รหัสผ่าน, ລະຫັດ, លេខកូដ, កូដ, ကုဒ်, ကုဒ္, mã của bạn, ma cua ban, là mã, mã số, msimbo, namba ya siri, ikhodi, ኮድ*, የይለፍ",
        // East Asia
        "代码, 代碼, 密码, 密碼, 编码, 識別碼, コード, ｺｰﾄﾞ, パスワード, ﾊﾟｽﾜｰﾄﾞ, 暗証番号, 番号, 코드, 비밀번호, 암호",
    ]

    /// Speaks of proving who one is, or asks to type something in.
    static let weak: [String] = [
        // English
        """
        verify*, verification, authenticat*, log in, login, logging in, sign in, signing in, sign up, password, confirm,
        confirming, activate, activation, validate, validation, enter, to register, registration, authorize, authorise,
        2 step, secure, recover, reset
        """,
        // German, Dutch, Scandinavian
        """
        verifizier*, bestätig*, anmeld*, kennwort, eingeben, gib, freischalt*, authentifizier*, einloggen,
        verifieer, verificatie, bevestig*, inloggen, in te loggen, aanmelden, wachtwoord, voer, vul, verifiera, bekräfta, logga in,
        lösenord, bekreft*, logg inn, passord, bekræft*, log ind, godkend*
        """,
        // Romance
        """
        vérif*, confirmer, confirmez, connexion, connecter, mot de passe, saisissez, entrez, activer, validez, verific*,
        confirmar, confirma, confirme, iniciar sesión, inicio de sesión, contraseña, ingresa, ingrese, introduce,
        introduzca, activar, validar, entrar, acesso, acceso, confirmação, insira, digite, conferma*, accedi, accesso,
        inserisci, accedere, confirmare, confirmă, autentific*, introdu, introduceți, verifică
        """,
        // Finnish, Hungarian, Slavic, Baltic, Turkish
        """
        vahvist*, kirjaud*, kirjautumi*, syötä, ellenőriz*, megerősít*, bejelentkez*, adja meg, add meg, weryfik*,
        potwierd*, zaloguj*, logowani*, wpisz, wprowadź, ověř*, potvrď*, potvrzen*, přihláš*, zadejte, overen*, potvrd*,
        prihlás*, zadajte, potrdi*, potvrdi*, prijav*, unesite, patvirtin*, įveskite, apstiprin*, ievadiet, doğrula*,
        onayla*, giriş, girin*, tasdiqla*, təsdiq*
        """,
        // Cyrillic, Greek
        """
        подтверд*, подтвержд*, авториз*, войти, входа, вход, введите, регистрац*, підтверд*, увійти, вхід, введіть,
        потвърд*, въведете, влез*, растау*, επαλήθευσ*, επιβεβαίω*, επιβεβαιώ*, σύνδεσ*, εισαγάγετε, εισάγετε
        """,
        // Hebrew, Arabic, Persian, Urdu, Indic
        """
        *אימות*, *להתחבר*, *התחברות*, *כניסה*, *הזן*, *التحقق*, *تأكيد*, *تسجيل الدخول*, *أدخل*, *تفعيل*, *تایید*, *ورود*,
        *تصدیق*, *لاگ ان*, *لاگ اِن*, सत्याप*, लॉगिन*, पुष्टि*, दर्ज*, যাচাই*, লগইন*, லாக்இன், சரிபார்*, ధృవీక*, ಪರಿಶೀಲ*
        """,
        // Asia
        """
        ยืนยัน, เข้าสู่ระบบ, xác minh, xác nhận, xác thực, đăng nhập, verifikasi, konfirmasi, masuk, masukkan, pengesahan,
        sahkan, log masuk, 验证, 驗證, 登录, 登入, 登陆, 确认, 確認, 输入, 輸入, 认证, 認證, 认証, 認証, ログイン, 入力, 인증, 로그인, 입력, 확인
        """,
    ]
}
