# frozen_string_literal: true

require "open3"
require "rbconfig"

RSpec.describe MailRoom do
  def in_a_fresh_process(program)
    output, status = Open3.capture2e(RbConfig.ruby, "-W:no-experimental", "-Ilib", "-e", program,
                                     chdir: File.expand_path("..", __dir__))
    raise output unless status.success?

    output.strip
  end

  it "loads no native library and no library of Ruby's for reading configuration" do
    loaded = in_a_fresh_process(<<~RUBY)
      before = $LOADED_FEATURES.dup
      require "mail_room"
      puts ($LOADED_FEATURES - before).map { |feature| File.basename(feature) }.sort
    RUBY

    # Under Bundler the gemspec has loaded version.rb by then.
    expect(loaded.lines(chomp: true) - ["version.rb"]).to eq(%w[error.rb mail_room.rb])
  end

  it "provides the libraries that gitlab-mail_room requires, once they are used" do
    expect(in_a_fresh_process('require "mail_room"; puts Net::IMAP, YAML')).to eq("Net::IMAP\nPsych")
  end

  it "has the constants of a mailbox where gitlab-mail_room has them" do
    expect(in_a_fresh_process(<<~RUBY)).to eq("[1740, 993, true]")
      require "mail_room"
      p [MailRoom::IMAP_IDLE_TIMEOUT, MailRoom::DEFAULTS[:port], MailRoom::REQUIRED_CONFIGURATION.include?(:host)]
    RUBY
  end

  it "lets every file be required alone, without warnings" do
    output = in_a_fresh_process(<<~RUBY)
      $VERBOSE = true
      # It is for applications that have Rails.
      (Dir.glob("**/*.rb", base: "lib").sort - ["mail_room/railtie.rb"]).each do |file|
        Process.wait(fork { require file.delete_suffix(".rb") })
        puts file unless $?.success?
      end
    RUBY

    expect(output).to eq("")
  end

  it "starts no thread" do
    expect(in_a_fresh_process('require "mail_room"; puts Thread.list.size')).to eq("1")
  end

  it "is required by Bundler under the name of the gem" do
    expect(in_a_fresh_process('require "gitlab-mail_room-rs"; puts MailRoom::VERSION')).to eq(MailRoom::VERSION)
  end

  it "loads every constant by itself, without warnings" do
    output = in_a_fresh_process(<<~RUBY)
      $VERBOSE = true
      require "mail_room"
      names = MailRoom.constants
      names.each { |name| MailRoom.const_get(name) }
      puts names.include?(:Native)
    RUBY

    expect(output).to eq("true")
  end

  it "can be used after a fork" do
    output = in_a_fresh_process(<<~RUBY)
      require "mail_room"
      settings = { email: "a@example.com", password: "p", name: "inbox", delivery_method: "noop" }
      Process.wait(fork { puts MailRoom::Mailbox.new(settings).email })
    RUBY

    expect(output).to eq("a@example.com")
  end
end
