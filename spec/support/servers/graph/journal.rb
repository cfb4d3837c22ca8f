# frozen_string_literal: true

module Servers
  class Graph
    # What was asked, and what should not have been asked so.
    class Journal
      def initialize
        @lock = Mutex.new
        forget
      end

      # Drops what was recorded so far, violations excepted, for those who keep what they need.
      def forget
        @lock.synchronize do
          @requests = []
          @violations ||= []
        end
      end

      def add(request)
        @lock.synchronize { @requests << request }
      end

      def violation(request, text)
        @lock.synchronize { @violations << "#{request.to_s.strip}: #{text}" }
      end

      # @return [Array<Request>] in the order they came in, parts of batches after their batch
      def requests
        @lock.synchronize { @requests.dup }
      end

      # @return [Array<String>]
      def violations
        @lock.synchronize { @violations.dup }
      end
    end
  end
end
