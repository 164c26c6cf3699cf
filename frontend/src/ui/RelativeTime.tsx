import { useEffect, useState } from "react";
import { dateTime, relative } from "@/lib/time";

/** “5 minutes ago”, with the exact moment on hover; renews itself every half minute. */
export function RelativeTime({ at }: { at: string }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 30_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={dateTime(at)}>
      {relative(at)}
    </time>
  );
}
