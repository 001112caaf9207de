/// The API document as a page for people: one file that needs nothing from anywhere else, made in the browser out of
/// `/openapi.json`.
enum DocsPage {
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Namaskah API</title>
        <link rel="icon" href="data:,">
        <style>
        \(DocsStyle.css)
        </style>
        </head>
        <body>
        <nav aria-label="Operations"></nav>
        <main>
        <noscript><p>This page is drawn by a script. The document itself is <a href="/openapi.json">/openapi.json</a>.
        </p></noscript>
        </main>
        <script>
        \(DocsScript.source)
        </script>
        </body>
        </html>
        """
}
