# frozen_string_literal: true

module Soak
  # One way to run mail_room: where messages are (nil for IMAP, or :graph), how they go out, who decides between
  # processes, what becomes of mails on the server.
  Setup = Struct.new(:delivery, :arbitrated, :deleting, :processes, :inbox, keyword_init: true) do
    # Short enough that frozen servers run into them.
    self::TIMEOUTS = { connect_timeout: 5, command_timeout: 5, literal_timeout: 5, delivery_timeout: 2 }.freeze

    # Messages are marked window by window. Posting takes so long that one as large as usual is seldom done with before
    # the process is killed, and without an arbiter it has to be posted again then.
    self::WINDOW_TO_POST = 20

    # Mails that come at once. Jobs are pushed so fast that a few of them are done with before anybody is killed.
    self::BURSTS = { sidekiq: (20..160), postback: (1..60) }.freeze

    # @return [Array<Setup>] those the soak command puts to the test
    def self.all
      [
        new(delivery: :sidekiq, arbitrated: true, deleting: false, processes: 2),
        new(delivery: :sidekiq, arbitrated: true, deleting: true, processes: 2),
        new(delivery: :postback, arbitrated: true, deleting: true, processes: 2),
        new(delivery: :sidekiq, arbitrated: false, deleting: true, processes: 1),
        new(delivery: :postback, arbitrated: false, deleting: false, processes: 1),
        new(inbox: :graph, delivery: :sidekiq, arbitrated: true, deleting: true, processes: 2),
        new(inbox: :graph, delivery: :postback, arbitrated: false, deleting: false, processes: 1)
      ]
    end

    def to_s
      [inbox, delivery, arbitrated ? "Redis" : "no arbiter", deleting ? "delete" : "mark"].compact.join(", ")
    end

    # @return [String] the same for names of queues and paths of URLs
    def id
      to_s.downcase.tr_s(", ", "-")
    end

    # @return [Boolean] whether no message may be delivered twice: job and record are one transaction
    def once?
      arbitrated && delivery == :sidekiq
    end

    # @return [Boolean] whether messages are handed over as text instead of bytes
    def utf8?
      delivery == :sidekiq
    end

    # @return [Range<Integer>]
    def burst
      self.class::BURSTS.fetch(delivery)
    end

    # @param box [ImapBox, GraphBox]
    # @param redis_url [String]
    # @param web_url [String]
    # @return [Hash] settings of a mailbox
    def settings(box, redis_url:, web_url:)
      arbitration = { arbitration_method: "redis", arbitration_options: { redis_url: redis_url } }
      { **box.settings, **removal,
        delivery_method: delivery.to_s, delivery_options: delivery_options(redis_url, web_url),
        **(delivery == :postback ? { limit_max_unread: self.class::WINDOW_TO_POST } : {}),
        **(arbitrated ? arbitration : {}), **self.class::TIMEOUTS }
    end

    private

    # On Graph nothing is to be expunged.
    def removal
      { delete_after_delivery: deleting, **(inbox == :graph ? {} : { expunge_deleted: deleting }) }
    end

    def delivery_options(redis_url, web_url)
      return { url: "#{web_url}/#{id}" } if delivery == :postback

      { redis_url: redis_url, queue: id, worker: "EmailReceiverWorker" }
    end
  end
end
