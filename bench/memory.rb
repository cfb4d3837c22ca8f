# frozen_string_literal: true

# How much memory a process needs above what it has while idle, at the most: for long backlogs, and for one large mail.
#
#     rake bench:memory            builds a release and the web server for mails first; ARGS="--json" hands options on
#     ruby -Ilib bench/memory.rb   takes the builds that are there
#
# Options: --json, --repeats N, --seed N, --only ours,reference. The reference gem is left out of the longest backlog,
# which it never delivers: the names of so many messages make a command that no server reads.

require "json"
require_relative "support/contest"
require_relative "support/corpus"
require_relative "support/options"
require_relative "support/place"
require_relative "support/table"

module Bench
  # Looks at the peak of memory while a mailbox is emptied.
  class Memory
    # Mails, how many of them, the delivery, and who can do it.
    CASES = [
      ["mixed", 10_000, "sidekiq", %w[ours reference]],
      ["small", 100_000, "sidekiq", %w[ours]],
      ["large", 1, "sidekiq", %w[ours reference]],
      ["large", 1, "postback", %w[ours reference]]
    ].freeze

    def initialize(arguments)
      @options = Options.parse(arguments, repeats: 1, seed: Corpus::SEED, only: %w[ours reference])
    end

    # @return [void]
    def run
      @place = Place.new
      rows = CASES.map { |set, count, delivery, ways| row(set, count, delivery, ways & @options[:only]) }
      puts(@options[:json] ? JSON.generate(**@options.slice(:repeats, :seed), rows: rows) : table(rows))
    ensure
      @place&.remove
    end

    private

    def row(set, count, delivery, ways)
      corpus = Corpus.new(set, count, seed: @options[:seed], owner: @place.owner)
      contest = Contest.new(@place, ways: ways, repeats: @options[:repeats], delivery: delivery)
      peaks = contest.drain(corpus).transform_values { |figures| figures[:mib] }
      { **corpus.to_h, delivery: delivery, ours: peaks["ours"], reference: peaks["reference"] }
    ensure
      contest&.remove
      corpus&.remove
    end

    def table(rows)
      lines = rows.map do |row|
        [["mails", row[:mails]], ["count", row[:count]], ["MB", row[:bytes] / 1_000_000], ["delivery", row[:delivery]],
         ["ours MiB", row[:ours]], ["reference MiB", row[:reference]]]
      end
      [Table.of(lines), "The highest of #{@options[:repeats]} runs."]
    end
  end
end

Bench::Memory.new(ARGV).run if $PROGRAM_NAME == __FILE__
