# frozen_string_literal: true

module Servers
  class Graph
    # A folder of a mailbox.
    # https://learn.microsoft.com/en-us/graph/api/resources/mailfolder
    class Folder
      # Well-known names, and what they are called in a mailbox in English.
      WELL_KNOWN = {
        "inbox" => "Inbox", "drafts" => "Drafts", "sentitems" => "Sent Items", "deleteditems" => "Deleted Items",
        "junkemail" => "Junk Email", "outbox" => "Outbox", "archive" => "Archive",
        "conversationhistory" => "Conversation History", "clutter" => "Clutter", "scheduled" => "Scheduled"
      }.freeze
      ROOT = "msgfolderroot"
      PROPERTIES = %w[id displayName parentFolderId childFolderCount unreadItemCount totalItemCount isHidden
                      sizeInBytes].freeze
      COMPARED = { "displayName" => :string }.freeze

      attr_reader :id, :name, :well_known, :parent, :children
      # Whether delta is answered with 400 here, as by folders that do not support it.
      attr_accessor :without_delta

      def initialize(id, name, parent: nil, well_known: nil)
        @id = id
        @name = name
        @parent = parent
        @well_known = well_known
        @children = []
        @messages = {}
        parent&.children&.push(self)
      end

      # @return [Array<Message>] in the order in which they came here
      def messages
        @messages.values
      end

      def add(message)
        message.folder = self
        @messages[message.id] = message
      end

      def delete(message)
        @messages.delete(message.id)
      end

      def child(name)
        @children.find { |folder| folder.name.casecmp?(name) }
      end

      def value(_path)
        @name
      end

      # @param select [Array<String>, nil]
      # @return [Hash]
      def to_h(select: nil, **)
        all = { "id" => @id, "displayName" => @name, "parentFolderId" => (@parent || self).id,
                "childFolderCount" => @children.size, "unreadItemCount" => @messages.count { |_, one| !one.read? },
                "totalItemCount" => @messages.size, "isHidden" => false,
                "sizeInBytes" => @messages.sum { |_, one| one.raw.bytesize } }
        select ? all.slice("id", *select) : all
      end
    end
  end
end
