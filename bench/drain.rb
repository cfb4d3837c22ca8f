# frozen_string_literal: true

# A full mailbox on Dovecot, emptied by ours, by the reference gem and by a raw client, in turns: what is the time of
# each, and how much memory does it take? Every mail is claimed in Redis, delivered, marked, deleted and expunged.
#
#     rake bench:drain          builds a release and the web server for mails first; ARGS="--json" hands options on
#     ruby -Ilib bench/drain.rb --only ours,floor --sets small --tls off
#                               takes the builds that are there
#
# Options: --json, --mails N (of each set), --repeats N, --seed N, --only floor,ours,reference,
# --sets small,mixed,large, --tls off,on, --delivery sidekiq, noop or postback. What is timed is said in
# support/daemon.rb and support/floor.rb: the floor knows no delivery, only one FETCH of everything, one STORE and one
# EXPUNGE.

require "json"
require_relative "support/contest"
require_relative "support/corpus"
require_relative "support/numbers"
require_relative "support/options"
require_relative "support/place"
require_relative "support/table"

module Bench
  # Empties the same mailbox in all ways.
  class Drain
    COUNTS = { "small" => 10_000, "mixed" => 2_000, "large" => 1 }.freeze

    def initialize(arguments)
      @options = Options.parse(arguments, repeats: 3, seed: Corpus::SEED, only: Contest::WAYS, sets: %w[small mixed],
                                          tls: %w[off on], delivery: "sidekiq", mails: nil)
    end

    # @return [void]
    def run
      @place = Place.new
      @contest = Contest.new(@place, ways: @options[:only], **@options.slice(:repeats, :delivery))
      rows = @options[:sets].flat_map { |set| rows_of(set) }
      puts(@options[:json] ? JSON.generate(**@options.slice(:repeats, :seed, :delivery), rows: rows) : table(rows))
    ensure
      @contest&.remove
      @place&.remove
    end

    private

    def rows_of(set)
      corpus = Corpus.new(set, @options[:mails] || COUNTS.fetch(set), seed: @options[:seed], owner: @place.owner)
      @options[:tls].map { |tls| row(corpus, tls == "on") }
    ensure
      corpus&.remove
    end

    def row(corpus, tls)
      ways = @contest.drain(corpus, tls: tls)
      floor, ours, reference = Contest::WAYS.map { |way| ways.dig(way, :seconds) }
      ratios = { ours_by_floor: Numbers.ratio(ours, floor), reference_by_ours: Numbers.ratio(reference, ours) }
      { **corpus.to_h, tls: tls, **ways.transform_keys(&:to_sym), **ratios }
    end

    def table(rows)
      [Table.of(rows.map { |row| columns(row) }),
       "Delivery: #{@options[:delivery]}. Seconds are medians of #{@options[:repeats]} runs, MiB the highest peak of " \
       "memory above idleness."]
    end

    def columns(row)
      ways = @options[:only].flat_map do |way|
        [["#{way} s", row.dig(way.to_sym, :seconds)], ["MiB", row.dig(way.to_sym, :mib)]]
      end
      [["mails", row[:mails]], ["count", row[:count]], ["MB", row[:bytes] / 1_000_000],
       ["TLS", row[:tls] ? "yes" : "no"], *ways,
       ["ours/floor", row[:ours_by_floor]], ["reference/ours", row[:reference_by_ours]]]
    end
  end
end

Bench::Drain.new(ARGV).run if $PROGRAM_NAME == __FILE__
