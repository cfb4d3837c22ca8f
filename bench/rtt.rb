# frozen_string_literal: true

# A full mailbox on a server that is far away: how much of the throughput is left? Ours empties the same mails without
# delay and with it, both times through the same kind of proxy (see support/far_away.rb), which takes its share of the
# machine. The reference gem waits for several answers with each mail, and takes hours for as many; ask for it with
# --only and few mails.
#
#     rake bench:rtt            builds a release first; ARGS="--json" hands options on
#     ruby -Ilib bench/rtt.rb   takes the build that is there
#
# Options: --json, --mails N (instead of 10,000 and 20,000), --repeats N, --delay MS (of a round trip), --tls off,on,
# --only floor,ours,reference.

require "json"
require_relative "support/contest"
require_relative "support/corpus"
require_relative "support/helper_process"
require_relative "support/numbers"
require_relative "support/options"
require_relative "support/place"
require_relative "support/table"

module Bench
  # Empties the same mailbox near by and far away.
  class RoundTrips
    COUNTS = [10_000, 20_000].freeze

    def initialize(arguments)
      @options = Options.parse(arguments, repeats: 3, seed: Corpus::SEED, delay: 100, tls: %w[off],
                                          only: %w[floor ours], mails: nil)
    end

    # @return [void]
    def run
      @place = Place.new
      @contest = Contest.new(@place, ways: @options[:only], **@options.slice(:repeats))
      rows = (@options[:mails] ? [@options[:mails]] : COUNTS).flat_map { |count| rows_of(count) }
      puts(@options[:json] ? JSON.generate(**@options.slice(:repeats, :delay), rows: rows) : table(rows))
    ensure
      @contest&.remove
      @place&.remove
    end

    private

    def rows_of(count)
      corpus = Corpus.new("small", count, seed: @options[:seed], owner: @place.owner)
      @options[:tls].flat_map do |tls|
        near, far = [0, @options[:delay]].map { |delay| drain(corpus, tls == "on", delay) }
        @options[:only].map { |way| row(corpus, tls == "on", way, near.fetch(way), far.fetch(way)) }
      end
    ensure
      corpus&.remove
    end

    def drain(corpus, tls, delay)
      proxy = HelperProcess.ruby("far_away", "127.0.0.1", @place.dovecot.ports.fetch(tls ? :imaps : :imap), delay)
      @contest.drain(corpus, tls: tls, port: Integer(proxy.line))
    ensure
      proxy&.remove
    end

    def row(corpus, tls, way, near, far)
      { mails: corpus.count, tls: tls, way: way, near_per_second: near[:rate], far_per_second: far[:rate],
        kept: Numbers.ratio(far[:rate], near[:rate]) }
    end

    def table(rows)
      lines = rows.map do |row|
        [["mails", row[:mails]], ["TLS", row[:tls] ? "yes" : "no"], ["way", row[:way]],
         ["mails/s at 0 ms", row[:near_per_second]], ["at #{@options[:delay]} ms", row[:far_per_second]],
         ["kept", row[:kept]]]
      end
      [Table.of(lines), "Medians of #{@options[:repeats]} runs."]
    end
  end
end

Bench::RoundTrips.new(ARGV).run if $PROGRAM_NAME == __FILE__
