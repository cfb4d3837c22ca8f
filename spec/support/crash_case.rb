# frozen_string_literal: true

# One stop of the walk over the crash points: a step, a way of delivery, and what becomes of delivered messages.
#
# Messages are fetched in windows of two, so that a crash comes after a window that was settled and before another.
CrashCase = Struct.new(:step, :delivery, :arbitrated, :deleting, keyword_init: true) do
  # At which of its occurrences each step is the last one. `accepted` and `recorded` happen once for each message,
  # those after `claimed` once for each window: the crash is in the second window, of messages 3 and 4. Where several
  # messages are delivered at a time, marks follow some windows later, and there are more of them to come still.
  self::OCCURRENCES = { listed: 1, claimed: 1, fetched: 2, accepted: 3, recorded: 3, marked: 2, expunged: 2 }.freeze
  self::MAILS = (1..24)
  self::WINDOW = 2

  # @return [Array<CrashCase>] all there are
  def self.all
    steps = self::OCCURRENCES.keys
    combined = steps.product(%i[sidekiq postback], [true, false], [true, false]).map do |values|
      new(members.zip(values).to_h)
    end
    combined.reject { |crash_case| crash_case.step == :expunged && !crash_case.deleting }
  end

  def to_s
    "#{step}, #{delivery}, #{arbitrated ? 'arbitrated' : 'alone'}, #{deleting ? 'deleting' : 'marking'}"
  end

  # @return [String] the same for names of queues and paths of URLs
  def id
    to_s.tr_s(", ", "-")
  end

  # @return [String] for MAIL_ROOM_CRASH_AT
  def crash_at
    "#{step}:#{self.class::OCCURRENCES.fetch(step)}"
  end

  # Without an arbiter jobs go ahead of their marks, and nobody can tell how far: the README says, by three windows.
  # @param doubled [Array<Integer>] the messages that came twice
  def explains?(doubled)
    delivery == :sidekiq && !arbitrated ? doubled.size <= 3 * self.class::WINDOW : doubled == self.doubled
  end

  # The third message, when the crash came between its acceptance and what keeps it from being delivered again: its
  # mark, or its record at the arbiter. With Sidekiq on the arbiter's Redis nothing comes between the two.
  # @return [Array<Integer>] the messages that come twice
  def doubled
    exposed = case step
              when :accepted then delivery == :postback
              when :recorded then delivery == :postback && !arbitrated
              end
    exposed ? [3] : []
  end

  # @param place [String] URL of the Redis or of the web application that takes the messages
  # @param redis_url [String]
  # @return [Hash] settings of a mailbox, but for the inbox
  def settings(place, redis_url)
    { limit_max_unread: self.class::WINDOW, delete_after_delivery: deleting, expunge_deleted: deleting,
      delivery_method: delivery.to_s, delivery_options: delivery_options(place),
      **(arbitrated ? { arbitration_method: "redis", arbitration_options: { redis_url: redis_url } } : {}) }
  end

  private

  def delivery_options(place)
    return { url: "#{place}/#{id}" } if delivery == :postback

    { redis_url: place, queue: id, worker: "EmailReceiverWorker" }
  end
end
