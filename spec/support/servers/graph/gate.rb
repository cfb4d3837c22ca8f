# frozen_string_literal: true

require_relative "../../wait"
require_relative "problem"

module Servers
  class Graph
    # How many requests for a mailbox are under way, and until when there should be none.
    # https://learn.microsoft.com/en-us/graph/throttling-limits#outlook-service-limits
    class Gate
      LIMIT = 4
      # Seconds after an answer with Retry-After in which requests may come that were sent before it was read.
      GRACE = 0.5
      # Seconds by which clocks and timers may differ.
      TOLERANCE = 0.05

      def initialize(email)
        @email = email
        @lock = Mutex.new
        @active = @most = 0
        @said = @till = 0.0
      end

      # @return [Integer] the highest number of requests at once
      def most
        @lock.synchronize { @most }
      end

      # To be followed by {#leave} in any case.
      # @return [Problem, nil] why the request cannot be let in
      def enter
        now = Wait.now
        @lock.synchronize do
          @active += 1
          @most = [@most, @active].max
          @active > LIMIT ? crowded : early(now)
        end
      end

      def leave
        @lock.synchronize { @active -= 1 }
      end

      # No request is to come for so long.
      # @param seconds [Numeric]
      def close(seconds)
        @lock.synchronize do
          @said = Wait.now
          @till = [@till, @said + seconds].max
        end
      end

      private

      def crowded
        Problem.new(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.",
                    headers: { "Retry-After" => "1" }, violation: true)
      end

      def early(now)
        left = @till - now
        return if left < TOLERANCE

        Problem.new(429, "ApplicationThrottled", "#{format('%.2f', left)} s of Retry-After are left for #{@email}",
                    headers: { "Retry-After" => left.ceil.to_s }, violation: now - @said > GRACE)
      end
    end
  end
end
