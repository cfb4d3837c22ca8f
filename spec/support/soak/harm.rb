# frozen_string_literal: true

module Soak
  # Harm to what mail_room works with, one after the other, for a few seconds each.
  class Harm
    # Seconds from one to the next, and how long each lasts.
    PAUSE = (3.0..9.0)
    LENGTH = (0.5..4.0)

    KINDS = %i[dovecot_restarted dovecot_frozen redis_frozen redis_clients_killed
               web_with_errors web_unavailable web_slow
               graph_restarted graph_throttled graph_with_errors graph_losing_answers].freeze

    # @return [Hash{Symbol => Integer}] how often each was done
    attr_reader :done

    # @param stage [Stage]
    # @param random [Random]
    # @param journal [Journal]
    def initialize(stage, random, journal)
      @stage = stage
      @random = random
      @journal = journal
      @done = Hash.new(0)
      @next_at = nil
    end

    # @param now [Float]
    def tick(now)
      @next_at ||= now + @random.rand(PAUSE)
      stop if @ends_at && now >= @ends_at
      return if @ends_at || now < @next_at

      kind = KINDS[@random.rand(KINDS.size)]
      @ends_at = now + @random.rand(LENGTH)
      @done[kind] += 1
      @journal.note("harm", kind)
      @undo = send(kind)
    end

    # Makes good again.
    def stop
      @journal.note("harm", "over")
      @undo&.call
      @next_at = Wait.now + @random.rand(PAUSE)
      @undo = @ends_at = nil
    end

    private

    # @return [Proc, nil] what ends it
    def dovecot_restarted
      @stage.dovecot.restart
      nil
    end

    def dovecot_frozen
      freeze_server(:dovecot)
    end

    def redis_frozen
      freeze_server(:redis)
    end

    # All but our own connection.
    def redis_clients_killed
      @stage.redis.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
      nil
    end

    # An application that stumbles over some mails.
    def web_with_errors
      random = Random.new(@random.rand(1 << 30))
      mood(->(_request) { random.rand < 0.3 ? { status: 500 } : nil })
    end

    def web_unavailable
      mood(->(_request) { { status: 503 } })
    end

    # It takes the mail, and says so when nobody waits for it any more.
    def web_slow
      mood(->(_request) { Servers::Web::ACCEPTED.merge(delay: 3) })
    end

    # It is away for a while.
    def graph_restarted
      @stage.graph.stop
      -> { @stage.graph.start }
    end

    def graph_throttled
      graph_fault(status: 429, retry_after: 1)
    end

    def graph_with_errors
      graph_fault(status: 500)
    end

    # What it is asked for is done, and nobody hears of that.
    def graph_losing_answers
      graph_fault(lost: true)
    end

    # Every other request is well.
    def graph_fault(**what)
      500.times do
        @stage.graph.fault(nil, part: false)
        @stage.graph.fault(nil, part: false, **what)
      end
      -> { @stage.graph.faults.clear }
    end

    def freeze_server(server)
      @stage.freeze_server(server)
      -> { @stage.thaw_server(server) }
    end

    def mood(mood)
      @stage.mood = mood
      -> { @stage.mood = nil }
    end
  end
end
