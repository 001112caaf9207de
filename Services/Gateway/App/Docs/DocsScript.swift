/// Draws the page out of the document. Text goes in as text and never as markup, so that nothing in the document can
/// become a script.
enum DocsScript {
    static let source = #"""
        "use strict";
        const $ = (tag, properties = {}, ...children) => {
          const element = Object.assign(document.createElement(tag), properties);
          element.append(...children.filter(child => child !== null && child !== undefined));
          return element;
        };
        // `code` within a sentence.
        const prose = text => text.split("`").map((part, index) => index % 2 ? $("code", {}, part) : part);
        const paragraphs = text => text.split("\n\n").map(part => $("p", {}, ...prose(part)));
        const operationsOf = (api, tag) => Object.entries(api.paths).flatMap(([path, methods]) =>
          Object.entries(methods)
            .filter(([, operation]) => operation.tags.includes(tag) && !operation["x-alias-of"])
            .map(([method, operation]) => ({ path, method, operation })));

        let api;
        const resolve = schema => schema && schema.$ref ? resolve(api.components.schemas[schema.$ref.split("/").pop()]) : schema;
        const nameOf = schema => schema.$ref ? schema.$ref.split("/").pop() : null;

        function typeOf(schema) {
          if (nameOf(schema)) return nameOf(schema);
          if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
          if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(" | ");
          const types = [schema.type ?? "anything"].flat();
          return types.map(type => type === "array" ? `[${typeOf(schema.items ?? {})}]` : schema.format && type === "string"
            ? schema.format : type).join(" | ");
        }

        function limitsOf(schema) {
          const words = [];
          if (schema.minimum !== undefined) words.push(`from ${schema.minimum}`);
          if (schema.maximum !== undefined) words.push(`up to ${schema.maximum}`);
          if (schema.maxLength !== undefined) words.push(`${schema.minLength ?? 0} to ${schema.maxLength} characters`);
          if (schema.default !== undefined) words.push(`${JSON.stringify(schema.default)} when left out`);
          return words.join(", ");
        }

        const samples = {
          service: "telegram", country: "england", email: "you@example.test", name: "Demo", currency: "USD",
          amount: "0.7500", phone_number: "+447700900123", code: "481520", from: "Telegram", operator: "any",
          status: "waiting_sms", capability: "sms", text: "Your code is 481520", provider: "5sim", password: "correct horse battery", role: "user",
        };
        function sample(schema, name = "", depth = 0) {
          schema = resolve(schema) ?? {};
          if (depth > 5) return null;
          if (name in samples && [schema.type].flat().includes("string") && !schema.enum) return samples[name];
          if (schema.enum) return schema.enum[0];
          if ([schema.type].flat().includes("null") && schema.format !== "date-time") return null;
          if (schema.anyOf) return sample(schema.anyOf[0], name, depth + 1);
          switch ([schema.type].flat()[0]) {
            case "object":
              return Object.fromEntries(Object.entries(schema.properties ?? {})
                .map(([key, value]) => [key, sample(value, key, depth + 1)]));
            case "array": return [sample(schema.items ?? {}, name, depth + 1)];
            case "string":
              return { uuid: "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21", "date-time": "2026-01-31T12:00:00Z" }[schema.format] ?? "…";
            case "integer": case "number": return schema.minimum ?? 0;
            case "boolean": return true;
            default: return {};
          }
        }
        // What must be there alone: the shortest body that is taken.
        function least(schema) {
          schema = resolve(schema) ?? {};
          const whole = sample(schema);
          const required = schema.required ?? [];
          return required.length ? Object.fromEntries(required.map(key => [key, whole[key]])) : whole;
        }

        function fields(rows) {
          return $("div", { className: "scroll" }, $("table", { className: "fields" }, $("tbody", {}, ...rows.map(row => $("tr", {},
            $("td", {}, $("code", {}, row.name), row.required ? $("span", { className: "must" }, "required") : null),
            $("td", {}, $("div", { className: "type" }, typeOf(row.schema), row.place ? ` in the ${row.place}` : ""),
              ...(row.text ? [$("div", {}, ...prose(row.text))] : []),
              limitsOf(row.schema) ? $("div", { className: "note" }, limitsOf(row.schema)) : null))))));
        }
        function members(schema) {
          schema = resolve(schema) ?? {};
          return Object.entries(schema.properties ?? {}).map(([name, value]) => ({
            name, schema: value, text: value.description, required: (schema.required ?? []).includes(name),
          }));
        }

        function curl({ path, method, operation }) {
          const lines = [`curl -sS '${location.origin}${path}'`];
          if (method !== "get" && !(method === "post" && operation.requestBody)) lines[0] += ` -X ${method.toUpperCase()}`;
          if (operation.security?.length) lines.push(`-H "X-API-Key: $NAMASKAH_API_KEY"`);
          if ((operation.parameters ?? []).some(parameter => parameter.name === "Prefer")) lines.push("-H 'Prefer: wait=15'");
          const body = operation.requestBody?.content["application/json"]?.schema;
          if (body) lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(least(body))}'`);
          return lines.join(" \\\n  ");
        }

        function answers(operation) {
          const all = Object.entries(operation.responses);
          const good = all.filter(([status]) => status < 400), bad = all.filter(([status]) => status >= 400);
          let before = null;
          const parts = good.flatMap(([status, answer]) => {
            const [type, media] = Object.entries(answer.content ?? {})[0] ?? [];
            const whole = type === "application/json" ? JSON.stringify(sample(media.schema), null, 2) : null;
            const shown = whole === before ? null : whole;
            before = whole;
            return [$("h4", {}, `Answer ${status}`), $("p", {}, ...prose(answer.description),
              ...(type && !whole ? [` (${type})`] : [])), shown ? $("pre", {}, shown) : null];
          });
          if (bad.length) {
            parts.push($("h4", {}, "Refusals"), $("div", { className: "scroll" }, $("table", {}, $("tbody", {},
              ...bad.map(([status, answer]) => $("tr", {}, $("td", {}, status), $("td", {}, ...prose(answer.description))))))));
          }
          return parts.filter(part => part);
        }

        function draw(entry) {
          const { path, method, operation } = entry;
          const box = $("details", { className: "operation", id: operation.operationId });
          box.append($("summary", {}, $("b", { className: `method ${method}` }, method.toUpperCase()),
            $("code", { className: "path" }, path), $("span", {}, operation.summary)));
          // Drawn when it is opened: a page of forty long tables is slow on a telephone.
          box.addEventListener("toggle", () => {
            if (!box.open || box.querySelector(".inside")) return;
            const inside = $("div", { className: "inside" });
            if (operation.description) inside.append(...paragraphs(operation.description));
            const aliases = operation["x-aliases"] ?? [];
            if (aliases.length) inside.append($("p", { className: "note" }, "Also at ",
              ...aliases.flatMap((alias, index) => [index ? ", " : "", $("code", {}, alias)]), "."));
            if (!operation.security?.length) inside.append($("p", { className: "note" }, "Needs no key."));
            inside.append($("pre", {}, curl(entry)));
            const parameters = operation.parameters ?? [];
            if (parameters.length) inside.append($("h4", {}, "Parameters"), fields(parameters.map(parameter => ({
              name: parameter.name, schema: parameter.schema, required: parameter.required,
              text: parameter.description, place: parameter.in }))));
            const body = operation.requestBody?.content["application/json"]?.schema;
            if (body) inside.append($("h4", {}, "Body"), fields(members(body)));
            inside.append(...answers(operation));
            box.append(inside);
          });
          return box;
        }

        function reveal() {
          const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
          if (target?.tagName === "DETAILS") target.open = true;
          target?.scrollIntoView();
        }

        async function start() {
          const main = document.querySelector("main"), nav = document.querySelector("nav");
          const answer = await fetch("/openapi.json");
          if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`);
          api = await answer.json();
          main.append($("h1", {}, `${api.info.title} API`, $("small", {}, api.info.version)), ...paragraphs(api.info.description),
            $("p", {}, $("a", { href: "/openapi.json" }, "OpenAPI document"), " · ",
              $("a", { href: "/asyncapi.json" }, "AsyncAPI document"), " for other companies' services over AMQP"));
          const list = $("details", { open: matchMedia("(min-width: 52.01rem)").matches }, $("summary", {}, "Operations"));
          for (const tag of api.tags) {
            const entries = operationsOf(api, tag.name);
            if (!entries.length) continue;
            list.append($("h2", {}, tag.name), ...entries.map(({ operation }) =>
              $("a", { href: `#${operation.operationId}` }, operation.summary)));
            main.append($("h2", {}, tag.name), $("p", {}, tag.description), ...entries.map(draw));
          }
          list.append($("h2", {}, "Errors"), $("a", { href: "#errors" }, "Every error code"));
          main.append($("h2", { id: "errors" }, "Every error code"),
            $("p", {}, "Clients go by the code; the title and the message are for people."),
            $("div", { className: "scroll" }, $("table", {}, $("tbody", {}, ...api["x-error-codes"].map(error => $("tr", {},
              $("td", {}, $("code", {}, error.code)), $("td", {}, String(error.status)), $("td", {}, error.title)))))));
          nav.append(list);
          addEventListener("hashchange", reveal);
          reveal();
        }
        start().catch(error => document.querySelector("main").append($("p", {}, `The document could not be shown: ${error.message}. `,
          $("a", { href: "/openapi.json" }, "Read it as it is."))));
        """#
}
