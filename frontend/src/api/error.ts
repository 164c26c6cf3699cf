// The one funnel for everything that can go wrong with a request.
import type { ErrorCode, FieldError, Problem, Unavailable } from "./types";

/** What the interface knows about a failed request. `offline` and `unreadable` are ours: no problem document arrived. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: ErrorCode | "offline" | "unreadable";
  readonly title: string;
  /** What happened, for people. */
  readonly detail: string;
  /** What the person should do, if the service knows. */
  readonly action: string | null;
  readonly requestId: string | null;
  readonly errors: readonly FieldError[];
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | null;
  /** 412: the resource as it is now. */
  readonly current: unknown;
  /** `slot_unavailable`: why, and when else. */
  readonly unavailable: Unavailable | null;

  constructor(problem: Partial<Omit<Problem, "code">> & { code: ErrorCode | "offline" | "unreadable" }) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.status = problem.status ?? 0;
    this.code = problem.code;
    this.title = problem.title ?? "Something went wrong";
    this.detail = problem.detail ?? this.title;
    this.action = problem.action ?? null;
    this.requestId = problem.request_id ?? null;
    this.errors = problem.errors ?? [];
    this.retryable = problem.retryable ?? false;
    this.retryAfterSeconds = problem.retry_after_s ?? null;
    this.current = problem.current;
    this.unavailable = problem.unavailable ?? null;
  }
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && "detail" in value;

/** Reads the problem document of a failed response. Never throws. */
export async function fromResponse(response: Response): Promise<ApiError> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (isProblem(body)) return new ApiError(body);
  return new ApiError({
    code: "unreadable",
    status: response.status,
    title: "Unexpected answer",
    detail: `The service answered ${response.status} without saying why.`,
    action: "Try again in a moment. If it stays, tell the operator the request id.",
    request_id: response.headers.get("x-request-id") ?? undefined,
    retryable: response.status >= 500,
  });
}

/** Nobody answered: no network, or a proxy in front of a service that is down. */
export const unreachable = (): ApiError =>
  new ApiError({
    code: "offline",
    title: "No connection",
    detail: "The service cannot be reached.",
    action: "Check your connection; what you see may be out of date.",
    retryable: true,
  });

/** Whether a request failed because nobody answered. */
export const isOffline = (error: unknown): boolean => toApiError(error).code === "offline";

/** Turns whatever was thrown into an `ApiError`. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isProblem(error)) return new ApiError(error);
  if (error instanceof DOMException && error.name === "TimeoutError") return unreachable();
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message)) return unreachable();
  return new ApiError({
    code: "unreadable",
    title: "Something went wrong",
    detail: error instanceof Error ? error.message : String(error),
  });
}
