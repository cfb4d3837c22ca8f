# frozen_string_literal: true

require_relative "../mails"

module Soak
  # A mailbox on Microsoft Graph, as a lane needs it.
  class GraphBox
    # What processes cannot know of each other, and what those that died have taken with them.
    EXCUSED = /Retry-After|MailboxConcurrency/

    # @param graph [Servers::Graph]
    # @param box [Servers::Graph::Mailbox]
    def initialize(graph, box)
      @graph = graph
      @box = box
    end

    # @see ImapBox#settings
    def settings
      { email: @box.email, name: "inbox", inbox_method: "microsoft_graph",
        inbox_options: @graph.inbox_options(poll_interval: 1) }
    end

    # @see ImapBox#claims
    def claims
      "delivered:#{@box.email}:*"
    end

    # @see ImapBox#fill
    def fill(mails)
      mails.each { |raw| @box.deliver(raw) }
    end

    # @see ImapBox#waiting
    def waiting(deleting:)
      deleting ? numbers { |message| message.flag != "flagged" } : numbers { |message| !message.read? }
    end

    # @see ImapBox#undeleted
    def undeleted
      []
    end

    # @see ImapBox#quarantined
    def quarantined
      numbers { |message| message.flag == "flagged" }
    end

    # @see ImapBox#violations
    def violations
      @graph.violations.grep_v(EXCUSED)
    end

    private

    def numbers(&)
      @box.messages.select(&).map { |message| Mails.number(message.raw) }
    end
  end
end
