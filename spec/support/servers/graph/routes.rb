# frozen_string_literal: true

module Servers
  class Graph
    # What there is to ask for, each under the name by which the specs know it.
    module Routes
      # Below /users/{email}; a star stands for an id. "List" and so on are the pages of Microsoft's reference:
      KINDS = {
        %w[GET mailFolders] => :folders,                       # user-list-mailfolders
        %w[POST mailFolders] => :create_folder,                # user-post-mailfolders
        ["GET", "mailFolders/*"] => :folder,                      # mailfolder-get
        ["GET", "mailFolders/*/childFolders"] => :folders,        # mailfolder-list-childfolders
        ["POST", "mailFolders/*/childFolders"] => :create_folder, # mailfolder-post-childfolders
        ["GET", "mailFolders/*/messages"] => :list,               # mailfolder-list-messages
        ["GET", "mailFolders/*/messages/delta"] => :delta,        # message-delta
        %w[GET messages] => :list, # user-list-messages
        ["GET", "messages/*"] => :message,                        # message-get
        ["GET", "messages/*/$value"] => :value,                   # outlook-get-mime-message
        ["PATCH", "messages/*"] => :patch,                        # message-update
        ["DELETE", "messages/*"] => :delete,                      # message-delete
        ["DELETE", "mailFolders/*/messages/*"] => :delete,        # the same, of a message in this folder
        ["POST", "messages/*/move"] => :move,                     # message-move
        ["POST", "messages/*/permanentDelete"] => :permanent_delete # message-permanentdelete
      }.freeze
      PATHS = KINDS.keys.map(&:last).uniq.freeze
      TOKEN = %w[oauth2 v2.0 token].freeze

      module_function

      # @param request [Request] gets its kind and its mailbox's address; parts have no version in their path
      def assign(request)
        version, *path = request.part? ? ["v1.0", *request.segments] : request.segments
        return request.kind = :token if path == TOKEN

        users, email, *rest = path if version == "v1.0"
        return request.kind = whole(request, users) unless users == "users" && email

        request.email = email.downcase
        request.kind = KINDS.fetch([request.verb, shape(rest)], :unknown)
      end

      def whole(request, segment)
        segment == "$batch" && !request.part? && request.verb == "POST" ? :batch : :unknown
      end

      # @return [String, nil] the id of the folder or message
      def target(request)
        path = below(request)
        path[path[2] == "messages" && request.kind == :delete ? 3 : 1]
      end

      # @return [Array<String>] what stands behind the user
      def below(request)
        request.segments.drop(request.part? ? 2 : 3)
      end

      # @return [Problem] for what is nowhere in the table
      def unknown(request)
        known = PATHS.include?(shape(below(request)))
        return Problem.new(405, "ErrorInvalidRequest", "#{request.verb} is not allowed here") if known

        Problem.bad("Resource not found for the segment '#{request.segments.last}'.")
      end

      def shape(rest)
        ids = rest.size == 4 ? [1, 3] : [1]
        ids.delete(3) if rest.last == "delta"
        rest.each_with_index.map { |text, index| ids.include?(index) ? "*" : text }.join("/")
      end
    end
  end
end
