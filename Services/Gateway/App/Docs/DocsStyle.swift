/// How the page of the API looks, in light and in dark, on a wide screen and on a telephone.
enum DocsStyle {
    static let css = """
        :root {
          --paper: #fff; --raised: #f6f7f9; --line: #dfe3e8; --ink: #1b1f24; --soft: #57606a; --accent: #0a5bc4;
          --get: #0a6b3d; --post: #0a5bc4; --put: #8a4b00; --delete: #b3261e;
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #101418; --raised: #181e24; --line: #2c343d; --ink: #e4e8ec; --soft: #9aa5b1; --accent: #6cb0ff;
            --get: #5fd39a; --post: #6cb0ff; --put: #f0b35a; --delete: #ff8f87;
          }
        }
        * { box-sizing: border-box; }
        html { scroll-padding-top: 1rem; }
        body {
          margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
          display: grid; grid-template-columns: 17rem minmax(0, 1fr);
        }
        a { color: var(--accent); text-decoration: none; }
        a:hover { text-decoration: underline; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        code, pre { font-family: var(--mono); font-size: .85em; }
        p code, li code, td code { background: var(--raised); border-radius: 4px; padding: .1em .3em; }
        nav {
          position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 2rem 1.5rem;
          background: var(--raised); border-right: 1px solid var(--line); font-size: .875rem;
        }
        nav h2 {
          margin: 1.25rem 0 .25rem; font-size: .75rem; text-transform: uppercase; letter-spacing: .05em;
          color: var(--soft);
        }
        nav a { display: block; padding: .15rem 0; color: var(--ink); }
        nav summary { display: none; }
        main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 4rem; max-width: 62rem; }
        h1 { margin: 0; font-size: 2rem; line-height: 1.2; }
        h1 small { font-size: .875rem; font-weight: normal; color: var(--soft); margin-left: .5rem; }
        h2 { margin: 3rem 0 0; font-size: 1.4rem; }
        h2 + p { margin-top: .25rem; color: var(--soft); }
        h4 {
          margin: 1.25rem 0 .35rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .05em;
          color: var(--soft);
        }
        .operation { border: 1px solid var(--line); border-radius: 8px; margin: .75rem 0; }
        .operation > summary {
          display: grid; grid-template-columns: 4rem minmax(0, 1fr) auto; gap: .25rem .75rem; align-items: baseline;
          padding: .65rem 1rem; cursor: pointer; list-style: none; border-radius: 8px;
        }
        .operation > summary::-webkit-details-marker { display: none; }
        .operation > summary:hover { background: var(--raised); }
        .operation[open] > summary { border-bottom: 1px solid var(--line); border-radius: 8px 8px 0 0; }
        .operation > summary span { color: var(--soft); font-size: .9rem; }
        .path { overflow-wrap: anywhere; }
        .inside { padding: .25rem 1rem 1rem; }
        .method { font-family: var(--mono); font-weight: 700; font-size: .8rem; }
        .get { color: var(--get); } .post { color: var(--post); } .delete { color: var(--delete); }
        .put, .patch { color: var(--put); }
        pre {
          background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem;
          overflow-x: auto; margin: .35rem 0; line-height: 1.45;
        }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        th { text-align: left; font-weight: 600; color: var(--soft); }
        th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        td:first-child { white-space: nowrap; }
        .type { color: var(--soft); font-family: var(--mono); font-size: .8rem; overflow-wrap: anywhere; }
        .must { color: var(--delete); font-size: .75rem; margin-left: .35rem; }
        .note { color: var(--soft); font-size: .875rem; }
        @media (max-width: 52rem) {
          body { display: block; }
          nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); padding: 1rem; }
          nav summary { display: block; cursor: pointer; font-weight: 600; }
          main { padding-top: 1.5rem; }
          .operation > summary { grid-template-columns: 3.5rem minmax(0, 1fr); }
          .operation > summary span { grid-column: 1 / -1; }
          .fields tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
          .fields td { display: block; padding: 0; border: 0; }
        }
        @media (min-width: 52.01rem) { nav details:not([open]) > * { display: block; } }
        """
}
