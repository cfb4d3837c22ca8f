# frozen_string_literal: true

module Soak
  # Sends mails in bursts, as long as those before them get delivered.
  class Feeder
    # Seconds between two bursts.
    PAUSE = (0.3..1.5)

    # Mails that wait at most: more of them would only have the end wait.
    BACKLOG = 600

    # @param tally [Tally]
    # @param burst [Range<Integer>] mails in one
    # @param random [Random]
    # @yieldparam mails [Array<String>] to be put into the mailbox
    def initialize(tally, burst, random, &fill)
      @tally = tally
      @burst = burst
      @random = random
      @fill = fill
      @next_at = 0
    end

    # @param now [Float]
    def tick(now)
      return if now < @next_at

      @next_at = now + @random.rand(PAUSE)
      burst = @random.rand(@burst)
      return if @tally.sent - @tally.delivered > BACKLOG

      @fill.call(@tally.send_next(burst).map { |number| Letters.raw(number) })
    end
  end
end
