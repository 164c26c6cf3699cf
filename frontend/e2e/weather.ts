// Stands between the browser and the service, as proxies and networks do: passes on, refuses, answers for it, or loses answers.
import { createServer, request, type ServerResponse } from "node:http";
import { freePort, type Service, startService } from "./support.ts";

/** `lossy`: what is written arrives, its answer does not. */
export type Weather = "fair" | "down" | "bad gateway" | "lossy";

export interface Line {
  /** The service as the browser knows it. */
  service: Service;
  becomes: (weather: Weather) => void;
  /** Writes that reached the service, `POST /api/v1/…`. */
  writes: string[];
}

export async function startBehindWeather(): Promise<Line> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const service = await startService({ publicUrl: base });
  const to = new URL(service.base);
  let weather: Weather = "fair";
  const writes: string[] = [];

  const cut = (answer: ServerResponse) => answer.socket?.destroy();
  const server = createServer((asked, answer) => {
    if (weather === "down") return cut(answer);
    if (weather === "bad gateway") {
      answer.writeHead(502, { "content-type": "text/html" });
      return answer.end("<h1>502 Bad Gateway</h1>");
    }
    const isWrite = asked.method !== "GET" && asked.method !== "HEAD";
    // Providers send their hints over the same line.
    if (isWrite && !asked.url?.startsWith("/api/v1/hooks/")) writes.push(`${asked.method} ${asked.url}`);
    const { method, url: path, headers } = asked;
    const passed = request({ host: to.hostname, port: to.port, method, path, headers }, (from) => {
      if (weather === "lossy" && isWrite) return from.resume().on("end", () => cut(answer));
      answer.writeHead(from.statusCode ?? 500, from.headers);
      from.pipe(answer);
    });
    passed.on("error", () => cut(answer));
    // A reader of a stream went away.
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    service: {
      ...service,
      base,
      stop: async () => {
        server.closeAllConnections();
        server.close();
        await service.stop();
      },
    },
    becomes: (next) => {
      weather = next;
      // A kept connection must not outlive the weather it was made in.
      if (next === "down") server.closeAllConnections();
    },
    writes,
  };
}
