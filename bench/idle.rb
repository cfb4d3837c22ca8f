# frozen_string_literal: true

# Thousands of mailboxes in one process: what does each cost while nothing happens, when are all of them watched, and
# what becomes of one mail for each at the same moment? Ours and the reference gem beside a scripted server that is made
# for as many sessions, and ours beside Dovecot over TLS.
#
#     rake bench:idle            builds a release and the scripted server first; ARGS="--json" hands options on
#     ruby -Ilib bench/idle.rb   takes the builds that are there
#
# Options: --json, --servers scripted,dovecot, --counts 1000,10000, --tls off,on, --only ours,reference, --seconds N to
# look at an idle process. The reference gem has two threads for each mailbox; it is asked for 1,000 at most.

require "json"
require_relative "support/contest"
require_relative "support/crowd"
require_relative "support/options"
require_relative "support/place"
require_relative "support/scripted_crowd"
require_relative "support/table"

module Bench
  # Watches many mailboxes.
  class Idle
    # More than that the reference gem does not get through within minutes.
    REFERENCE_LIMIT = 1_000
    # Dovecot has a process for each session.
    DOVECOT_LIMIT = 1_000

    def initialize(arguments)
      @options = Options.parse(arguments, servers: %w[scripted dovecot], counts: %w[1000 10000], tls: %w[off on],
                                          only: %w[ours reference], seconds: 10)
      @counts = @options[:counts].map { |count| Integer(count) }
    end

    # @return [void]
    def run
      @place = Place.new
      rows = @options[:servers].flat_map { |server| send(server) }
      puts(@options[:json] ? JSON.generate(rows: rows) : table(rows))
    ensure
      @place&.remove
    end

    private

    def scripted
      combinations(@counts, @options[:only]).map do |tls, count, way|
        figures = ScriptedCrowd.new(@place).call(way, count, tls: tls, seconds: @options[:seconds])
        row("scripted", way, count, tls, figures)
      end
    end

    def dovecot
      counts = @counts.map { |count| [count, DOVECOT_LIMIT].min }.uniq
      combinations(counts, @options[:only] & %w[ours]).map do |tls, count, way|
        row("dovecot", way, count, tls, Crowd.new(@place).call(count, tls: tls, seconds: @options[:seconds]))
      end
    end

    def combinations(counts, ways)
      @options[:tls].map { |tls| tls == "on" }.product(counts, ways)
                    .reject { |_, count, way| way == "reference" && count > REFERENCE_LIMIT }
    end

    def row(server, way, count, tls, figures)
      { server: server, way: way, mailboxes: count, tls: tls, **figures }
    end

    def table(rows)
      lines = rows.map do |row|
        [["server", row[:server]], ["way", row[:way]], ["mailboxes", row[:mailboxes]],
         ["TLS", row[:tls] ? "yes" : "no"], ["all idle s", row[:after]],
         ["kB each", row[:bytes_each] / 1000.0], ["threads", row[:threads]], ["core %", row[:core] * 100],
         ["burst s", row[:burst]], ["end s", row[:end]]]
      end
      [Table.of(lines), "Memory is what each mailbox adds to a process with one."]
    end
  end
end

Bench::Idle.new(ARGV).run if $PROGRAM_NAME == __FILE__
