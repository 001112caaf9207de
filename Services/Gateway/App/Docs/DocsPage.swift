/// The API document as a page for people: one file that needs nothing from anywhere else, made at run time out of
/// `/openapi.json`.
enum DocsPage {
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static let html = #"""
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Namaskah API</title>
        <body><h1>Namaskah API</h1><pre id="out"></pre>
        <script>fetch("/openapi.json").then(r=>r.json()).then(d=>{document.getElementById("out").textContent=
        Object.entries(d.paths).map(([p,o])=>Object.entries(o).map(([m,v])=>m.toUpperCase()+" "+p+"  "+v.summary).join("\n")).join("\n")})</script>
        """#
}
