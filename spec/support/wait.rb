# frozen_string_literal: true

# Waits for a condition instead of sleeping: quick when the machine is quick, patient when it is not.
module Wait
  # The condition did not come true within its limit.
  class TimedOut < StandardError; end

  # Seconds between two looks; short, because most conditions here are cheap to ask.
  INTERVAL = 0.01

  # @param limit [Numeric] seconds after which to give up
  # @param what [String] what is waited for, as it is to be read in the failure message
  # @param detail [Proc, nil] called on failure only; its text (a log's tail, say) is added to the message
  # @yieldreturn [Object, nil] truthy once the condition holds
  # @return [Object] what the block returned
  # @raise [TimedOut] when the block stayed falsy
  def self.until(limit = 10, what: "the condition", detail: nil, interval: INTERVAL)
    deadline = now + limit
    loop do
      result = yield
      return result if result
      raise TimedOut, message(limit, what, detail) if now >= deadline

      sleep interval
    end
  end

  # Seconds on a clock that no change of the system time touches.
  def self.now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  def self.message(limit, what, detail)
    text = "waited #{limit} s in vain for #{what}"
    detail ? "#{text}\n#{detail.call}" : text
  end
  private_class_method :message
end
