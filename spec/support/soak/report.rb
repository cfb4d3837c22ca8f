# frozen_string_literal: true

module Soak
  # The result, for an operator to read.
  class Report
    # What a row tells of a lane when all is over.
    Row = Struct.new(:setup, :counts, :waiting, :undeleted, :quarantined, :kills, :in_hand, keyword_init: true) do
      # @param lane [Lane]
      def self.of(lane)
        new(setup: lane.setup, counts: lane.tally, waiting: lane.waiting, undeleted: lane.undeleted,
            quarantined: lane.quarantined, kills: lane.kills, in_hand: lane.kills_in_hand)
      end

      # @return [Array<Integer>] mails that were not delivered, and that nobody would find on the server either
      def lost
        counts.missing - waiting - quarantined
      end

      def cells
        fates = [lost, counts.doubled, counts.garbled, counts.confused, waiting, undeleted, quarantined].map(&:size)
        [setup, setup.processes, counts.sent, counts.delivered, *fates, kills, setup.arbitrated ? in_hand : "-"]
      end

      # @return [Array<String>]
      def problems
        {
          "lost" => lost, "doubled" => setup.once? ? counts.doubled : [], "garbled" => counts.garbled,
          "with several ids" => counts.confused, "still waiting" => waiting, "quarantined" => quarantined,
          "sent by nobody" => counts.unknown
        }.filter_map { |what, numbers| "#{setup}: #{what}: #{numbers.first(20).join(' ')}" unless numbers.empty? }
      end

      # @return [Array<String>] why it would have gone well in any case
      def idleness
        { "nothing was sent" => counts.sent.zero?, "nobody was killed" => kills.zero?,
          "nobody was killed with work in hand, so \"doubled\" says nothing" => setup.once? && in_hand.zero? }
          .filter_map { |what, true_of_it| "#{setup}: #{what}" if true_of_it }
      end
    end

    # Seconds after which every setup must have been put to the test. Before that any of them will do.
    LONG = 60

    HEAD = %w[setup processes sent delivered lost doubled garbled confused waiting undeleted quarantined kills
              in-hand].freeze

    # @param rows [Array<Row>]
    # @param seconds [Numeric]
    # @param seed [Integer]
    # @param harm [Hash{Symbol => Integer}]
    # @param problems [Array<String>] of other kinds than rows know
    def initialize(rows, seconds:, seed:, harm: {}, problems: [])
      @rows = rows
      @seconds = seconds
      @seed = seed
      @harm = harm
      @problems = problems
    end

    def kills
      @rows.sum(&:kills)
    end

    # @return [Array<String>] what must not be; empty when all is well
    def problems
      @rows.flat_map(&:problems) + idleness + @problems
    end

    def ok?
      problems.empty?
    end

    # @return [String]
    def to_s
      harm = @harm.sort.map { |kind, times| "#{times} x #{kind.to_s.tr('_', ' ')}" }
      [
        table, "", "#{kills} kills in #{@seconds} s, SEED=#{@seed}",
        ("other harm: #{harm.join(', ')}" unless harm.empty?),
        ok? ? "nothing lost, nothing doubled that must not be" : problems
      ].flatten.compact.join("\n")
    end

    private

    def idleness
      return @rows.flat_map(&:idleness) if @seconds >= LONG

      { "nothing was sent" => @rows.sum { |row| row.counts.sent }, "nobody was killed" => kills }
        .filter_map { |what, count| what if count.zero? }
    end

    def table
      lines = [HEAD, *@rows.map { |row| row.cells.map(&:to_s) }]
      widths = lines.transpose.map { |column| column.map(&:size).max }
      lines.map { |line| align(line, widths) }.join("\n")
    end

    def align(line, widths)
      first, *others = line.zip(widths)
      [first.first.ljust(first.last), *others.map { |text, width| text.rjust(width) }].join("  ")
    end
  end
end
