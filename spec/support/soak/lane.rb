# frozen_string_literal: true

module Soak
  # One mailbox under one setup: who fills it, who watches it, and what comes out.
  class Lane
    # Claims that a process had when it died. Other keys that hold no lease are records.
    CLAIMS = <<~LUA
      local found = 0
      for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
        local value = redis.call('GET', key)
        if value and string.sub(value, 1, #ARGV[2]) == ARGV[2] then found = found + 1 end
      end
      return found
    LUA

    attr_reader :setup, :tally, :sink, :victims, :kills_in_hand

    # @param setup [Setup]
    # @param stage [Stage]
    # @param seed [Integer]
    def initialize(setup, stage, seed)
      @setup = setup
      @stage = stage
      @box = stage.new_box(setup.inbox)
      @tally = Tally.new
      @sink = setup.delivery == :postback ? WebSink.new : QueueSink.new(stage, setup.id)
      @feeder = Feeder.new(@tally, setup.burst, Random.new(seed)) { |mails| @box.fill(mails) }
      @victims = (1..setup.processes).map { |nth| victim(nth, Random.new(seed + nth)) }
      @kills_in_hand = 0
    end

    def kills
      @victims.sum(&:kills)
    end

    def feed(now)
      @feeder.tick(now)
    end

    # Counts what has come out since the last time.
    def collect
      @sink.collect do |number, id, accepted, digest|
        # A number that nobody has used is another problem.
        whole = number.nil? || digest == Letters.digest(number, utf8: @setup.utf8?)
        @tally.handed(number, id, accepted: accepted, whole: whole)
      end
    end

    # @return [Integer, nil] how many messages the process had claimed; nil when nobody can tell
    def kill(victim)
      victim.kill
      claims(victim).tap { |claims| @kills_in_hand += 1 if claims&.positive? }
    end

    # @return [Integer, nil] how many messages are claimed by the process, dead or alive; nil when nobody can tell
    def claims(victim)
      return unless @setup.arbitrated && @stage.usable?(:redis)

      @stage.redis.client.eval(CLAIMS, argv: [@box.claims, "lease:#{victim.pid}:"])
    end

    # @return [Boolean] whether something has come out since this was asked last
    def working?
      before = @seen
      @seen = @sink.count
      before && @seen > before
    end

    # @return [Array<Integer>] the numbers of mails that nobody has settled yet
    def waiting
      @box.waiting(deleting: @setup.deleting)
    end

    # @return [Array<Integer>] the numbers of mails marked for removal and not removed
    def undeleted
      @box.undeleted
    end

    # @return [Array<Integer>] the numbers of mails put aside, though every one of them can be delivered
    def quarantined
      @box.quarantined
    end

    # @return [Array<String>] see {ImapBox#violations}
    def violations
      @box.violations
    end

    private

    def victim(nth, random)
      settings = @setup.settings(@box, redis_url: @stage.redis.url, web_url: @stage.web.url(""))
      Victim.new("#{@setup.id}-#{nth}", settings, @sink, random)
    end
  end
end
