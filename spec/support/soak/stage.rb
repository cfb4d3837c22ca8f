# frozen_string_literal: true

require_relative "../servers"

module Soak
  # The servers all mail_room processes work with, and what may be done to them.
  class Stage
    attr_reader :dovecot, :graph, :redis, :web

    # @return [#call] takes a request and says how the web application answers it; nil: it takes it
    attr_accessor :mood

    def initialize
      @dovecot = Servers::Dovecot.new.start
      @graph = Servers::Graph.new.start
      @redis = Servers::Redis.new.start
      @web = Servers::Web.new.start
      @inboxes = 0
      @mood = nil
      @frozen = []
    end

    # @param inbox [Symbol, nil] :graph, or nil for IMAP
    # @return [ImapBox, GraphBox] of a new user
    def new_box(inbox)
      name = "soak-#{@inboxes += 1}"
      return GraphBox.new(@graph, @graph.user("#{name}@example.com")) if inbox == :graph

      @dovecot.add_user(name, "secret")
      ImapBox.new(@dovecot, @dovecot.inbox(name))
    end

    # @param server [Symbol] :dovecot or :redis
    def freeze_server(server)
      @frozen << server
      public_send(server).pause
    end

    def thaw_server(server)
      public_send(server).resume
      @frozen.delete(server)
    end

    # @return [Boolean] whether it can be asked something
    def usable?(server)
      !@frozen.include?(server)
    end

    def remove
      @frozen.dup.each { |server| thaw_server(server) }
      [@dovecot, @graph, @redis, @web].each(&:remove)
    end
  end
end
