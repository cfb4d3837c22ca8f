# frozen_string_literal: true

# One mail comes into an idle mailbox: when is its job in Redis? Told for a bare client that only waits for EXISTS, for
# ours and for the reference gem, on a server that notifies at once and on Dovecot, which waits half a second.
#
#     rake bench:latency            builds a release first; ARGS="--json" hands options on
#     ruby -Ilib bench/latency.rb   takes the build that is there
#
# Options: --json, --samples N, --only floor,ours,reference, --servers prompt,dovecot. Times are milliseconds from the
# server's EXISTS (prompt) or from the mail's file (Dovecot).

require "json"
require_relative "../spec/support/mails"
require_relative "support/bare_client"
require_relative "support/contest"
require_relative "support/numbers"
require_relative "support/options"
require_relative "support/place"
require_relative "support/prompt_server"
require_relative "support/table"

module Bench
  # Samples the time between a mail and its job.
  class Latency
    # Seconds in which a job has to come.
    LIMIT = 10

    # Not counted, before the samples.
    WARM_UP = 5

    # Seconds between a job and the next mail.
    PAUSE = 0.1

    def initialize(arguments)
      @options = Options.parse(arguments, samples: 100, only: Contest::WAYS, servers: %w[prompt dovecot])
    end

    # @return [void]
    def run
      @place = Place.new
      @deliveries = Deliveries.new(@place.redis)
      rows = @options[:servers].flat_map { |server| @options[:only].map { |way| row(server, way) } }
      puts(@options[:json] ? JSON.generate(samples: @options[:samples], rows: rows) : table(rows))
    ensure
      @place&.remove
    end

    private

    def row(server, way)
      times = send(server) { |mailbox, deliver| samples(way, mailbox, deliver) }.map { |time| time * 1000 }
      { server: server, way: way, p50: Numbers.median(times), p99: Numbers.quantile(times, 0.99) }
    end

    # @yieldparam mailbox [Place::Mailbox]
    # @yieldparam deliver [Proc] puts a numbered mail into it, and returns when it did so
    def prompt
      server = PromptServer.new
      mailbox = Place::Mailbox.new(user: "bench", password: "secret", port: server.port, tls: false, ca_file: nil)
      yield mailbox, lambda { |number|
        Wait.until(LIMIT, what: "IDLE", interval: 0.001) { server.idling? }
        now.tap { server.deliver(Mails.small(number)) }
      }
    ensure
      server&.remove
    end

    def dovecot
      mailbox = @place.mailbox
      yield mailbox, ->(number) { now.tap { @place.dovecot.fill(mailbox.user, [Mails.small(number)]) } }
    ensure
      @place.discard(mailbox)
    end

    def samples(way, mailbox, deliver)
      @place.redis.clear
      way == "floor" ? bare(mailbox, deliver) : jobs(way, mailbox, deliver)
    end

    def bare(mailbox, deliver)
      client = BareClient.new(mailbox)
      measure(deliver, after: client.method(:rest)) { client.wait }
    ensure
      client&.remove
    end

    def jobs(way, mailbox, deliver)
      daemon = Daemon.new(way, mailbox, @deliveries.settings("sidekiq", delete: false))
      measure(deliver) { @place.redis.client.brpop("queue:default", timeout: LIMIT) || raise("#{way}: no job came") }
    ensure
      daemon&.remove
    end

    # What follows a job is to be over before the next mail comes.
    def measure(deliver, after: nil)
      times = Array.new(WARM_UP + @options[:samples]) do |number|
        sleep PAUSE
        start = deliver.call(number)
        yield
        (now - start).tap { after&.call }
      end
      times.drop(WARM_UP)
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def table(rows)
      [Table.of(rows.map { |row| [*row.first(2), ["p50 ms", row[:p50]], ["p99 ms", row[:p99]]] }),
       "#{@options[:samples]} samples each."]
    end
  end
end

Bench::Latency.new(ARGV).run if $PROGRAM_NAME == __FILE__
