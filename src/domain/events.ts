/**
 * The one writer of `events`. Every change calls `record` inside its own transaction; nothing else informs anybody.
 */
import { sql } from 'kysely';
import type { ParleyEvent } from '../core/event.ts';
import type { Tx } from './database.ts';

/** Writes the event in the writer's transaction. */
export async function record(tx: Tx, event: ParleyEvent, now: Date): Promise<void> {
  await tx
    .insertInto('events')
    .values({
      site_id: event.siteId,
      id: sql<number>`make_id(${now.getTime()})`,
      kind: event.kind,
      thread_id: event.threadId ?? null,
      version: event.version ?? null,
      comment_id: event.commentId ?? null,
      actor_id: event.actorId ?? null,
      data: JSON.stringify(event.data ?? {}),
      created_at: now,
    })
    .execute();
}
