# frozen_string_literal: true

require_relative "fault"

module Servers
  class Graph
    # The faults that specs have ordered; each request gets the first that is meant for it.
    class Faults
      def initialize
        @lock = Mutex.new
        @faults = []
      end

      # @see Fault#initialize
      def add(...)
        fault = Fault.new(...)
        @lock.synchronize { @faults << fault }
      end

      # @return [Fault, nil]
      def take(request)
        @lock.synchronize { @faults.find { |fault| fault.take?(request) } }
      end

      # All is well from now on.
      def clear
        @lock.synchronize { @faults.clear }
      end

      # @return [Boolean] whether there are some that no request has met yet
      def waiting?
        @lock.synchronize { @faults.any?(&:waiting?) }
      end
    end
  end
end
