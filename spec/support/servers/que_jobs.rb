# frozen_string_literal: true

module Servers
  # The table of Que's jobs.
  module QueJobs
    # By the versions of Que: 0.x, and 1 with 2.
    TABLES = {
      classic: <<~SQL,
        CREATE TABLE que_jobs (
          priority smallint NOT NULL DEFAULT 100,
          run_at timestamptz NOT NULL DEFAULT now(),
          job_id bigserial NOT NULL,
          job_class text NOT NULL,
          args json NOT NULL DEFAULT '[]'::json,
          error_count integer NOT NULL DEFAULT 0,
          last_error text,
          queue text NOT NULL DEFAULT '',
          CONSTRAINT que_jobs_pkey PRIMARY KEY (queue, priority, run_at, job_id)
        )
      SQL
      modern: <<~SQL
        CREATE TABLE que_jobs (
          priority smallint NOT NULL DEFAULT 100,
          run_at timestamptz NOT NULL DEFAULT now(),
          id bigserial PRIMARY KEY,
          job_class text NOT NULL,
          error_count integer NOT NULL DEFAULT 0,
          last_error_message text,
          queue text NOT NULL DEFAULT 'default',
          last_error_backtrace text,
          finished_at timestamptz,
          expired_at timestamptz,
          args jsonb NOT NULL DEFAULT '[]'::jsonb,
          data jsonb NOT NULL DEFAULT '{}'::jsonb,
          job_schema_version integer NOT NULL DEFAULT 1,
          kwargs jsonb NOT NULL DEFAULT '{}'::jsonb,
          CONSTRAINT valid_args CHECK (jsonb_typeof(args) = 'array'),
          CONSTRAINT queue_length CHECK (char_length(queue) <= 100)
        )
      SQL
    }.freeze
  end
end
