# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

# How the key `name` finds a folder on Microsoft Graph.
RSpec.describe "A folder on Microsoft Graph", :graph, :integration do
  # Mail 1 is in the folder that is meant, mail 2 in another one.
  def expect_found(name, folder)
    fill([1], folder: folder)
    fill([2], folder: folder.well_known == "inbox" ? "archive" : "inbox")
    mail_room(on_graph(name: name))
    expect_posted(1, folder: folder)
  end

  %w[inbox Inbox INBOX].each do |name|
    it "is found as #{name}" do
      expect_found(name, account.folder("inbox"))
    end
  end

  it "is found by any well-known name" do
    expect_found("JunkEmail", account.folder("junkemail"))
  end

  ["Kunden", "Kunden & Büro", "Anna's 'Mails'", "100% + #1?", "東京", "x" * 60].each do |name|
    it "is found by the display name #{name}" do
      expect_found(name, account.add_folder(name, account.root))
    end
  end

  it "is found by a display name with a slash" do
    expect_found("Ein/Aus", account.add_folder("Ein/Aus", account.root))
  end

  ["Inbox/Support", "inbox/Support", "Inbox/Support/Anna's"].each do |path|
    it "is found by the path #{path}" do
      expect_found(path, account.create_folder(path))
    end
  end

  it "is found by a path below a folder of one's own" do
    account.create_folder("Support")
    expect_found("Kunden/Support", account.create_folder("Kunden/Support"))
  end

  it "is found by its id" do
    folder = account.create_folder("Kunden/Support")
    expect_found(folder.id, folder)
  end

  describe "of a mailbox in another language" do
    let(:account) { graph.user("posteingang@example.com", names: { "inbox" => "Posteingang" }) }

    %w[inbox Posteingang].each do |name|
      it "is found as #{name}" do
        expect_found(name, account.folder("inbox"))
      end
    end

    ["inbox/Support", "Posteingang/Support"].each do |path|
      it "is found by the path #{path}" do
        expect_found(path, account.create_folder("Posteingang/Support"))
      end
    end
  end

  it "that is not there is named in the log, holds nobody up, and is found once it is made" do
    other = graph.user("sales@example.com")
    fill([1], other)
    process = mail_room(on_graph(name: "Inbox/Suport"), on_graph(other))
    expect(wait_for_error(account.email)["error"]).to include('no folder is called "Inbox/Suport"')
    expect_posted(1, account: other)

    fill([2], folder: account.create_folder("Inbox/Suport"))
    process.wait_until(90, what: "the other mail") { web.requests.size == 2 }
    expect_posted(1, 2, folder: "Inbox/Suport")
  end

  it "that does not even have a parent is named as well" do
    mail_room(on_graph(name: "Kunden/Support"))
    expect(wait_for_error(account.email)["error"]).to include('no folder is called "Kunden/Support"')
  end

  # Graph takes four requests at once for a user, whatever they are for.
  it "is watched beside another one of the same user" do
    graph.settings.latency = 0.05
    folder = account.create_folder("Support")
    fill(1..40)
    fill(41..80, folder: folder)
    mail_room(on_graph, on_graph(name: "Support"))
    expect_posted(1..80, limit: 60)
    wait_for_read(folder: folder)
  end
end
