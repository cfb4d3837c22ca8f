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
      @inbox = stage.new_inbox
      @tally = Tally.new
      @sink = setup.delivery == :postback ? WebSink.new : QueueSink.new(stage, setup.id)
      @feeder = Feeder.new(@tally, setup.burst, Random.new(seed)) { |mails| stage.dovecot.fill(@inbox.user, mails) }
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

      @stage.redis.client.eval(CLAIMS, argv: ["delivered:#{@inbox.user}@*", "lease:#{victim.pid}:"])
    end

    # @return [Boolean] whether something has come out since this was asked last
    def working?
      before = @seen
      @seen = @sink.count
      before && @seen > before
    end

    # @return [Array<Integer>] the numbers of mails that nobody has settled yet
    def waiting
      numbers(@setup.deleting ? "UNFLAGGED" : "UNSEEN")
    end

    # @return [Array<Integer>] the numbers of mails marked for removal and not removed
    def undeleted
      numbers("DELETED")
    end

    # @return [Array<Integer>] the numbers of mails put aside, though every one of them can be delivered
    def quarantined
      numbers("FLAGGED")
    end

    private

    def numbers(criteria)
      @inbox.subjects(criteria).map { |subject| subject[/\d+/].to_i }
    end

    def victim(nth, random)
      settings = @setup.settings(@inbox, redis_url: @stage.redis.url, web_url: @stage.web.url(""))
      Victim.new("#{@setup.id}-#{nth}", settings, @sink, random)
    end
  end
end
