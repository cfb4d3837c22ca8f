# frozen_string_literal: true

RSpec.describe MailRoom::Native do
  # What native.rb declares for the documentation: methods of the module first, then class by class.
  source = File.read(File.expand_path("../../lib/mail_room/native.rb", __dir__))
  source.split(/^ +class /).each do |part|
    klass = part[/\A[A-Z]\w+/]

    part.scan(/@!method (self\.)?(\w+\??)/) do |_, method|
      it "has #{klass ? "#{klass}##{method}" : method}" do
        owner = klass ? described_class.const_get(klass) : described_class.singleton_class

        expect(method == "initialize" ? owner.respond_to?(:new) : owner.method_defined?(method)).to be(true)
      end
    end
  end

  # Threads do not survive a fork: without the check the child would wait for ever.
  it "refuses to work in a child of the process it was made in" do
    coordinator = described_class::Coordinator.new('{"mailboxes": []}')
    coordinator.start
    reader, writer = IO.pipe
    child = fork do
      coordinator.wait
    rescue MailRoom::Error => error
      writer.write(error.message)
    ensure
      exit!(0) # none of this process's own ends
    end
    writer.close
    expect(reader.read).to include("fork")
  ensure
    Process.wait(child) if child
    coordinator.stop
    expect(coordinator.wait).to be(true)
  end
end
