# frozen_string_literal: true

module Soak
  # Freezes a mail_room process in the middle of work, for longer than its claims last. Another takes them over
  # meanwhile; then it wakes up, and goes on as if they were its own.
  class Freezer
    # Seconds from one to the next, and how long each lasts: claims are for thirty.
    PAUSE = (4.0..8.0)
    LENGTH = (33.0..36.0)

    # Seconds a run has to take for it.
    SHORTEST_RUN = 120

    # @return [Integer] how often a process was frozen
    attr_reader :times

    # @param lanes [Array<Lane>]
    # @param random [Random]
    # @param journal [Journal]
    def initialize(lanes, random, journal)
      @candidates = lanes.select { |lane| lane.setup.arbitrated && lane.victims.size > 1 }
      @random = random
      @journal = journal
      @times = 0
      @next_at = nil
    end

    # @param now [Float]
    # @param deadline [Float] when all harm ends; one that would have to be woken up before its time is left alone
    def tick(now, deadline)
      @next_at ||= now + @random.rand(PAUSE)
      stop if @ends_at && now >= @ends_at
      freeze(now) unless @ends_at || now < @next_at || now + LENGTH.end > deadline || @candidates.empty?
    end

    # @return [Array<String>] why it did no harm though it could have
    def problems
      @times.zero? && @candidates.any? ? ["no process was frozen with work in hand"] : []
    end

    # Makes good again.
    def stop
      return unless @victim

      @victim.thaw
      @journal.note("thawed", @victim.name)
      @next_at = Wait.now + @random.rand(PAUSE)
      @victim = @ends_at = nil
    end

    private

    # One lane at a time has its turn until it is caught at work.
    def freeze(now)
      lane = @candidates[@times % @candidates.size]
      return unless lane.working?

      victim = lane.victims[@random.rand(lane.victims.size)]
      victim.freeze_process
      claims = lane.claims(victim)
      return victim.thaw unless claims&.positive?

      @journal.note("frozen", victim.name, "with #{claims} claims")
      @times += 1
      @victim = victim
      @ends_at = now + @random.rand(LENGTH)
    end
  end
end
